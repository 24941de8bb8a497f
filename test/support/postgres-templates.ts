import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serverOwner } from '../../local/postgres/binaries.ts';
import { TEMPLATES } from '../../local/postgres/data-directory.ts';
import { atExit } from '../../local/postgres/exit.ts';

/** Has all servers of a run of vitest share the work of initdb: vitest calls this first, and what it returns last. */
export default function setUp(): (() => void) | undefined {
  if (process.env[TEMPLATES] !== undefined) return undefined; // another project of this run
  const directory = mkdtempSync(join(tmpdir(), 'postgres-templates-'));
  const owner = serverOwner();
  if (owner !== null) chownSync(directory, owner.uid, owner.gid);
  process.env[TEMPLATES] = directory;
  const remove = () => rmSync(directory, { recursive: true, force: true });
  const forget = atExit(remove);
  return () => {
    remove();
    forget();
  };
}
