import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, escapeIdentifier, escapeLiteral } from 'pg';
import type { Login } from '../../local/postgres/roles.ts';
import type { PostgresServer } from '../../local/postgres/server.ts';

/** What a stand-in writes to the server's log when it is called. */
export const CALLED = 'a stand-in was called';

/** The folders whose SQL is run by us or handed to people. */
const SHIPPED = ['lambda', 'infra', 'cli'];

/**
 * Every word and operator of the shipped sources: more than their SQL holds, and never less, so that a function used
 * tomorrow has its stand-ins without an edit here.
 */
function shippedTokens(): { readonly words: readonly string[]; readonly operators: readonly string[] } {
  const words = new Set<string>();
  const operators = new Set<string>();
  for (const folder of SHIPPED) {
    for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('.ts')) continue;
      const text = readFileSync(join(folder, file), 'utf8');
      for (const [word] of text.matchAll(/\b[a-z_][a-z0-9_]*\b/g)) words.add(word);
      for (const [operator] of text.matchAll(/[-+*/<>=~!@#%^&|?]+/g)) operators.add(operator);
    }
  }
  return { words: [...words], operators: [...operators] };
}

/** The types that our statements compare, convert and hand to functions. */
const TYPES = ['text', 'name', 'oid', 'int4', 'int8', 'bool', 'inet', 'float8', 'timestamptz', 'interval'];

/**
 * Fills a schema with stand-ins for what the shipped SQL names, each for the very signatures of PostgreSQL's own and for
 * every one or two of {@link TYPES}: functions, operators, and empty relations. Each function says so in the server's log when it is called.
 */
export async function plantStandIns(
  server: PostgresServer,
  as: Login & { readonly database: string; readonly schema: string },
): Promise<void> {
  const { words, operators } = shippedTokens();
  const client = new Client({ host: server.host, port: server.port, ...as });
  await client.connect();
  try {
    // Or they would stand in for what plants them.
    await client.query('SET search_path = pg_catalog, pg_temp; SET check_function_bodies = off');
    await client.query(plan(as.schema, words, operators));
  } finally {
    await client.end();
  }
}

const textArray = (values: readonly string[]) => `ARRAY[${values.map(escapeLiteral).join(', ')}]::text[]`;

function plan(schema: string, words: readonly string[], operators: readonly string[]): string {
  const at = escapeIdentifier(schema);
  const body = (returns: string) =>
    `LANGUAGE plpgsql AS $f$ BEGIN RAISE LOG $m$${CALLED}$m$; ${returns}; END $f$`;
  return `DO $plant$
DECLARE f record; a text; b text; types text[] := ${textArray(TYPES)};
BEGIN
  -- The very signatures: they hide PostgreSQL's own where the schema comes first in the path.
  FOR f IN SELECT DISTINCT p.proname, pg_get_function_arguments(p.oid) AS arguments, pg_get_function_result(p.oid) AS result,
      p.proretset OR p.proargmodes IS NOT NULL AS rows
    FROM pg_proc p WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.proname = ANY (${textArray(words)}) LOOP
    BEGIN
      EXECUTE format('CREATE FUNCTION ${at}.%I(%s) RETURNS %s ${body('RETURN %s')}', f.proname, f.arguments, f.result,
        CASE WHEN f.rows THEN '' ELSE 'NULL' END);
    EXCEPTION WHEN OTHERS THEN NULL;
    END;
  END LOOP;
  -- Signatures that may fit our arguments better: overload resolution prefers these wherever the schema stands.
  FOR f IN SELECT DISTINCT p.proname, p.pronargs, format_type(p.prorettype, NULL) AS result
    FROM pg_proc p WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.proname = ANY (${textArray(words)})
      AND p.pronargs BETWEEN 1 AND 2 OR p.proname IN ('json_build_array') LOOP
    FOREACH a IN ARRAY types LOOP
      FOREACH b IN ARRAY CASE WHEN f.pronargs = 1 THEN ARRAY[''] ELSE types END LOOP
        BEGIN
          EXECUTE format('CREATE FUNCTION ${at}.%I(%s) RETURNS %s ${body('RETURN NULL')}', f.proname,
            a || CASE b WHEN '' THEN '' ELSE ', ' || b END, f.result);
        EXCEPTION WHEN OTHERS THEN NULL;
        END;
      END LOOP;
    END LOOP;
  END LOOP;
  FOREACH a IN ARRAY types LOOP
    FOREACH b IN ARRAY types LOOP
      FOR f IN SELECT DISTINCT ON (o.oprname) o.oprname, coalesce(format_type(e.oprresult, NULL), 'boolean') AS result
        FROM pg_operator o LEFT JOIN pg_operator e
          ON e.oprname = o.oprname AND e.oprleft = a::regtype AND e.oprright = b::regtype
        WHERE o.oprkind = 'b' AND o.oprname = ANY (${textArray(operators)}) ORDER BY 1, 2 LOOP
        BEGIN
          EXECUTE format('CREATE FUNCTION ${at}.%I(%s, %s) RETURNS %s ${body('RETURN NULL')}',
            'operator ' || f.oprname, a, b, f.result);
          EXECUTE format('CREATE OPERATOR ${at}.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = ${at}.%I)',
            f.oprname, a, b, 'operator ' || f.oprname);
        EXCEPTION WHEN OTHERS THEN NULL;
        END;
      END LOOP;
    END LOOP;
  END LOOP;
  FOR f IN SELECT relname FROM pg_class WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind IN ('r', 'v')
      AND relname = ANY (${textArray(words)}) LOOP
    EXECUTE format('CREATE VIEW ${at}.%I AS SELECT * FROM pg_catalog.%I WHERE false', f.relname, f.relname);
  END LOOP;
END $plant$`;
}
