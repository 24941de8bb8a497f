import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Binaries, serverOwner } from './binaries.ts';
import { makeDataDirectory } from './data-directory.ts';
import { atExit } from './exit.ts';

/** A certificate for the server and its private key, both PEM. */
export interface ServerCertificate {
  readonly certificate: string;
  readonly key: string;
}

/** One PostgreSQL installation's data directory and the server process over it. */
export interface Cluster {
  readonly port: number;
  /** Of the role `postgres`. */
  readonly password: string;
  readonly logFile: string;
  start(): Promise<void>;
  stop(mode: 'fast' | 'immediate'): Promise<void>;
  signal(name: NodeJS.Signals): void;
  /** Stops the server and removes everything. May be called again. */
  remove(): Promise<void>;
}

interface ClusterOptions {
  readonly major: number;
  readonly binaries: Binaries;
  readonly tls: ServerCertificate | null;
  readonly settings: Readonly<Record<string, string>>;
}

/** How long a server may take to start or to stop, in ms. */
const PATIENCE = 30_000;

/** A port can be taken between finding it free and binding it; then another one is tried. */
const PORT_ATTEMPTS = 5;

/**
 * Makes a data directory and starts a server over it.
 *
 * @throws {Error} with the program's own words; nothing is left behind then.
 */
export async function createCluster(options: ClusterOptions): Promise<Cluster> {
  const owner = serverOwner();
  const as = { ...owner, env: { PATH: process.env['PATH'], LC_ALL: 'C' }, cwd: tmpdir() };
  const directory = mkdtempSync(join(tmpdir(), 'postgres-'));
  const dataDirectory = join(directory, 'data');
  const logFile = join(directory, 'log');
  let server: ChildProcess | null = null;
  let making: ChildProcess | null = null;

  const removeNow = () => {
    // It would go on writing into what is removed.
    making?.kill('SIGKILL');
    if (server !== null && isRunning(server)) {
      server.kill('SIGCONT');
      spawnSync(options.binaries.pgCtl, ['stop', '-D', dataDirectory, '-m', 'immediate', '-t', '5'], as);
    }
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  };
  const forget = atExit(removeNow);

  const stop = async (mode: 'fast' | 'immediate') => {
    if (server === null || !isRunning(server)) return;
    const gone = once(server, 'exit');
    server.kill('SIGCONT');
    server.kill(mode === 'fast' ? 'SIGINT' : 'SIGQUIT');
    const late = delay(PATIENCE, 'late', { ref: false });
    if ((await Promise.race([gone, late])) === 'late') server.kill('SIGKILL');
    await gone;
  };
  const remove = async () => {
    await stop('fast');
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
    forget();
  };

  try {
    const write = (name: string, content: string) => {
      writeFileSync(join(directory, name), content, { mode: 0o600 });
      if (owner !== null) chownSync(join(directory, name), owner.uid, owner.gid);
    };
    if (owner !== null) chownSync(directory, owner.uid, owner.gid);
    write('log', '');
    const settings: Record<string, string> = {
      listen_addresses: '127.0.0.1',
      unix_socket_directories: directory,
      fsync: 'off',
      synchronous_commit: 'off',
      full_page_writes: 'off',
      shared_buffers: '16MB',
      ...options.settings,
    };
    if (options.tls !== null) {
      write('server.crt', options.tls.certificate);
      write('server.key', options.tls.key);
      Object.assign(settings, {
        ssl: 'on',
        ssl_cert_file: join(directory, 'server.crt'),
        ssl_key_file: join(directory, 'server.key'),
      });
    }
    const password = await makeDataDirectory({
      major: options.major,
      initdb: options.binaries.initdb,
      directory,
      as,
      write,
      onStarted: (child) => {
        making = child;
      },
    });

    const start = async (port: number) => {
      const log = openSync(logFile, 'a');
      const flags = Object.entries({ ...settings, port: String(port) }).flatMap(([k, v]) => [
        '-c',
        `${k}=${v}`,
      ]);
      const [program, args] = endWithParent(options.binaries.postgres, ['-D', dataDirectory, ...flags]);
      server = spawn(program, args, { ...as, stdio: ['ignore', log, log] });
      server.on('error', () => {}); // waitUntilReady sees that it does not run
      closeSync(log);
      await waitUntilReady(server, dataDirectory, logFile);
    };

    let port = await freePort();
    for (let attempt = 1; ; attempt += 1) {
      try {
        await start(port);
        break;
      } catch (error) {
        const taken = error instanceof Error && error.message.includes('Address already in use');
        if (!taken || attempt === PORT_ATTEMPTS) throw error;
        port = await freePort();
      }
    }
    return {
      port,
      password,
      logFile,
      start: () => start(port),
      stop,
      signal: (name) => void server?.kill(name),
      remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

const isRunning = (child: ChildProcess) =>
  child.pid !== undefined && child.exitCode === null && child.signalCode === null;

/** The server's log says it too, but only `postmaster.pid` says it the same way for every version and setting. */
async function waitUntilReady(server: ChildProcess, dataDirectory: string, logFile: string): Promise<void> {
  const giveUpAt = Date.now() + PATIENCE;
  while (!saysReady(join(dataDirectory, 'postmaster.pid'), server.pid)) {
    if (!isRunning(server) || Date.now() > giveUpAt) {
      throw new Error(`PostgreSQL did not start; its log:\n${readFileSync(logFile, 'utf8')}`);
    }
    await delay(5);
  }
}

/** Line 1 is the postmaster's process id, line 8 its status, padded with spaces (PostgreSQL, src/include/utils/pidfile.h). */
function saysReady(pidFile: string, pid: number | undefined): boolean {
  try {
    const lines = readFileSync(pidFile, 'utf8').split('\n');
    // "standby": recovering, and configured to refuse logins meanwhile.
    return lines[0] === String(pid) && /^(?:ready|standby) *$/.test(lines[7] ?? '');
  } catch {
    return false; // not written yet
  }
}

/** On Linux the server gets SIGINT when this process is killed in a way that it cannot answer. */
function endWithParent(program: string, args: string[]): [string, string[]] {
  if (spawnSync('setpriv', ['--pdeathsig', 'INT', 'true']).status !== 0) return [program, args];
  return ['setpriv', ['--pdeathsig', 'INT', program, ...args]];
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
