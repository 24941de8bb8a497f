import { type ChildProcess, execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/**
 * Names a directory that lives as long as a run of the tests: the first server of each major leaves a copy of its data
 * directory there, and the others copy that. initdb takes more of the machine than most of what is tested.
 */
export const TEMPLATES = 'RCG_POSTGRES_TEMPLATES';

interface DataDirectoryOptions {
  readonly major: number;
  readonly initdb: string;
  /** The directory of the cluster, in which `data` is made. */
  readonly directory: string;
  /** How programs run: as the owner of the server. */
  readonly as: object;
  /** Writes a file of the owner's into `directory`. */
  readonly write: (name: string, content: string) => void;
  /** Given each program that is started: whoever removes the directory ends it first. */
  readonly onStarted: (child: ChildProcess) => void;
}

/**
 * Makes the data directory of a server that was never started.
 *
 * @returns the password of the role `postgres`
 * @throws {Error} with the program's own words
 */
export async function makeDataDirectory(options: DataDirectoryOptions): Promise<string> {
  const data = join(options.directory, 'data');
  const templates = process.env[TEMPLATES];
  if (templates === undefined) return await initialise(options, data);
  const template = join(templates, String(options.major));
  if (existsSync(template)) {
    await run(options, 'cp', ['-a', template, data]);
    return await readFile(join(data, PASSWORD), 'utf8');
  }
  const password = await initialise(options, data);
  const copy = `${template}-${randomBytes(6).toString('hex')}`;
  await run(options, 'cp', ['-a', data, copy]);
  // Another process may have been first: theirs is as good.
  await rename(copy, template).catch(() => rm(copy, { recursive: true, force: true }));
  return password;
}

/** Kept in the data directory, so that a copy of that has it. The server does not mind. */
const PASSWORD = 'superuser-password';

async function initialise(options: DataDirectoryOptions, data: string): Promise<string> {
  const password = randomBytes(12).toString('hex');
  options.write(PASSWORD, password);
  const passwordFile = join(options.directory, PASSWORD);
  // A locale that the machine lacks makes initdb fail, so none is used; --no-sync: the data need not survive anything.
  const flags = ['-U', 'postgres', '--auth=scram-sha-256', `--pwfile=${passwordFile}`, '--no-sync'];
  const small = ['-E', 'UTF8', '--locale=C', '--wal-segsize=1'];
  try {
    await run(options, options.initdb, ['-D', data, ...flags, ...small]);
  } catch (cause) {
    const hint =
      'started by root, it runs as the user nobody, which must be able to read node_modules (no 0700 directory above it)';
    throw new Error(`initdb failed (${hint})`, { cause });
  }
  await rename(passwordFile, join(data, PASSWORD));
  return password;
}

async function run(options: DataDirectoryOptions, program: string, args: string[]): Promise<void> {
  const running = promisify(execFile)(program, args, options.as);
  options.onStarted(running.child);
  await running;
}
