import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { serverOwner } from '../../local/postgres/binaries.ts';
import { createMonitor, type Login } from '../../local/postgres/roles.ts';
import { type PostgresServer, startPostgres } from '../../local/postgres/server.ts';
import { until } from '../lambda/observe/rig.ts';
import { environmentFor, runCommand } from './support.ts';

const PGBOUNCER = ['/usr/sbin/pgbouncer', '/usr/bin/pgbouncer'].find(
  (path) => spawnSync(path, ['--version']).status === 0,
);
if (PGBOUNCER === undefined) {
  console.warn(
    'SKIPPED: PgBouncer is not here (apt-get install pgbouncer), so what is said of it is not tested',
  );
}

let server: PostgresServer;
let guard: Login;
let directory: string;
let pooler: ChildProcess;
let port: number;

describe.skipIf(PGBOUNCER === undefined)('through a real PgBouncer', () => {
  beforeAll(async () => {
    server = await startPostgres();
    guard = await createMonitor(server);
    directory = await mkdtemp(join(tmpdir(), 'pgbouncer-'));
    port = await freePort();
    const user = `"${guard.user}" "${guard.password}"\n`;
    await writeFile(join(directory, 'users.txt'), user);
    await writeFile(
      join(directory, 'pgbouncer.ini'),
      `[databases]\n* = host=${server.host} port=${server.port}\n[pgbouncer]\nlisten_addr=127.0.0.1\nlisten_port=${port}\nunix_socket_dir=\nauth_type=plain\nauth_file=${join(directory, 'users.txt')}\n`,
    );
    const owner = serverOwner();
    await chmod(directory, 0o755);
    if (owner !== null) await chown(directory, owner.uid, owner.gid);
    pooler = spawn(PGBOUNCER ?? '', [join(directory, 'pgbouncer.ini')], { stdio: 'ignore', ...owner });
    await until(async () => {
      if (pooler.exitCode !== null) throw new Error('PgBouncer did not start');
      return await answers();
    });
  });
  afterAll(async () => {
    const gone = new Promise((resolve) => pooler.once('exit', resolve));
    pooler.kill('SIGKILL');
    await gone;
    await server.stop();
    await rm(directory, { recursive: true });
  });

  test.each(['check', 'sessions', 'doctor', 'terminate'])(
    '%s says that a pooler answers, and where to go instead',
    async (command) => {
      const env = { ...environmentFor(server, guard), PGPORT: String(port) };
      const { code, out, err } = await runCommand([command], env);
      expect(code).toBe(3);
      expect(out + err).toContain('a pooler (PgBouncer) answers on this port');
      expect(out + err).toContain('now: connect to the server itself');
    },
  );
});

async function freePort(): Promise<number> {
  const listener = createServer();
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const address = listener.address();
  await new Promise((resolve) => listener.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** PgBouncer answers once it refuses or takes a login. */
async function answers(): Promise<boolean> {
  const env = { ...environmentFor(server, guard), PGPORT: String(port), PGCONNECT_TIMEOUT: '1' };
  return !(await runCommand(['check'], env)).out.includes('ECONNREFUSED');
}
