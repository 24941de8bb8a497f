import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConnectionSettings } from './settings.ts';

/** What the password file gave: a password, nothing, or the reason why it was not used. */
export interface PasswordLookup {
  readonly password: string | null;
  readonly ignored: string | null;
}

/**
 * Finds the password in `~/.pgpass` or the file that PGPASSFILE names. Like libpq it ignores a file that others may
 * read (PostgreSQL documentation, "The Password File").
 */
export async function lookUpPassword(
  settings: Pick<ConnectionSettings, 'host' | 'port' | 'database' | 'user' | 'passfile'>,
  home: string,
): Promise<PasswordLookup> {
  const file = settings.passfile ?? join(home, '.pgpass');
  try {
    const { mode } = await stat(file);
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      return { password: null, ignored: `${file} is ignored: others may read it (chmod 600 ${file})` };
    }
    return { password: matchPassword(await readFile(file, 'utf8'), settings), ignored: null };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      return { password: null, ignored: null };
    }
    return { password: null, ignored: `${file} is ignored: it cannot be read` };
  }
}

/** The password of the first line `host:port:database:user:password` that fits; `*` fits all, `\` escapes. */
export function matchPassword(
  content: string,
  { host, port, database, user }: Pick<ConnectionSettings, 'host' | 'port' | 'database' | 'user'>,
): string | null {
  // libpq: a Unix socket in the default directory goes by the name localhost.
  const wanted = [host.startsWith('/') ? 'localhost' : host, String(port), database, user];
  for (const line of content.split(/\r?\n/)) {
    if (line.startsWith('#')) continue;
    const fields = [...line.matchAll(/((?:\\.|[^:\\])*)(?::|$)/g)].map(([, field = '']) =>
      field.replace(/\\(.)/g, '$1'),
    );
    if (fields.length < 5) continue;
    if (wanted.every((value, index) => fields[index] === '*' || fields[index] === value)) {
      return fields[4] ?? null;
    }
  }
  return null;
}
