import { escapeIdentifier, escapeLiteral } from 'pg';

/** Which role the guard is in PostgreSQL, and what it may do there. */
export interface RoleSqlOptions {
  /** The role's name. */
  readonly user: string;
  /** `iam` logs in with RDS IAM authentication, `password` with a password. */
  readonly login: 'iam' | 'password';
  /** May it end sessions (reclaim mode `terminate`)? */
  readonly terminate: boolean;
}

/**
 * How many sessions the role may hold: one for each run, another while a run that lasts meets the next, and a person
 * with the command line.
 */
const CONNECTION_LIMIT = 5;

/**
 * The statements that make the guard's role, with the least it needs; to be run by the master user in any database of
 * the server. Safe to run again: it brings an existing role into the same state.
 *
 * - `pg_monitor` shows the sessions of others; without it every count would be wrong.
 * - `pg_use_reserved_connections` (16+) lets it log in when ordinary logins are refused.
 * - `pg_signal_backend` is there only for reclaim mode `terminate`; it cannot touch superusers.
 */
export function roleSql({ user, login, terminate }: RoleSqlOptions): string {
  const role = escapeIdentifier(user);
  const tag = dollarTag(user);
  const lines = [
    // Without it a function that somebody else has put in the path could run as the superuser who pastes this.
    'SET search_path = pg_catalog, pg_temp;',
    `DO ${tag} BEGIN`,
    `  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = ${escapeLiteral(user)}) THEN`,
    `    CREATE ROLE ${role};`,
    '  END IF;',
    "  IF pg_catalog.current_setting('server_version_num')::int >= 160000 THEN",
    `    GRANT pg_use_reserved_connections TO ${role};`,
    '  END IF;',
    `END ${tag};`,
    `ALTER ROLE ${role} LOGIN INHERIT CONNECTION LIMIT ${CONNECTION_LIMIT};`,
    `GRANT pg_monitor TO ${role};`,
    terminate ? `GRANT pg_signal_backend TO ${role};` : `REVOKE pg_signal_backend FROM ${role};`,
    ...(login === 'iam' ? [`GRANT rds_iam TO ${role};`] : []),
  ];
  return `${lines.join('\n')}\n`;
}

/** A dollar quote that the name cannot close. */
function dollarTag(name: string): string {
  let tag = '$guard$';
  for (let n = 1; name.includes(tag); n += 1) tag = `$guard${n}$`;
  return tag;
}
