import { access } from 'node:fs/promises';

/** Where servers put their Unix socket: Debian, Red Hat and others; PostgreSQL's own default. */
const DIRECTORIES = ['/var/run/postgresql', '/tmp'];

/** The directory of the local server's Unix socket, which libpq connects to when no host is given; null: there is none. */
export async function localSocketDirectory(port: string): Promise<string | null> {
  for (const directory of DIRECTORIES) {
    try {
      await access(`${directory}/.s.PGSQL.${port}`);
      return directory;
    } catch {
      // Not there, or not ours to open: the next one.
    }
  }
  return null;
}
