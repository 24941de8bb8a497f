import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createObserver } from '../../../lambda/observe/observer.ts';
import { systemClock } from '../../../lambda/shared/clock.ts';
import { createMonitor, type Login } from '../../../local/postgres/roles.ts';
import { type PostgresServer, startPostgres } from '../../../local/postgres/server.ts';
import { always, observe } from './rig.ts';

// The session that the function keeps between two runs must not outlive it. The 90 seconds are six here.

const ENDS_AFTER = 6;

let server: PostgresServer;
let monitor: Login;
const children: ChildProcess[] = [];

beforeAll(async () => {
  server = await startPostgres();
  monitor = await createMonitor(server);
});
afterEach(async () => {
  const running = children.splice(0).filter(({ exitCode, signalCode }) => (exitCode ?? signalCode) === null);
  const gone = running.map(async (child) => once(child, 'exit'));
  for (const child of running) child.kill('SIGKILL');
  await Promise.all(gone);
});
afterAll(() => server.stop());

/** Starts a process that observes the server, and has it take its first sample. */
async function observing(): Promise<{ child: ChildProcess; sample: () => Promise<unknown> }> {
  const child = fork(
    fileURLToPath(new URL('observing-process.ts', import.meta.url)),
    [server.host, String(server.port), monitor.user, monitor.password, String(ENDS_AFTER)],
    { execArgv: ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href] },
  );
  children.push(child);
  const sample = async () => {
    child.send('sample');
    const [kind]: unknown[] = await once(child, 'message');
    return kind;
  };
  expect(await sample()).toBe('sample');
  return { child, sample };
}

/** The guard's sessions; `silent` when the last statement was longer ago than the server lets a session rest. */
async function sessions() {
  return await server.query<{ pid: number; silent: boolean }>(
    `SELECT pid, clock_timestamp() - state_change > '${ENDS_AFTER + 2} s' AS silent
       FROM pg_stat_activity WHERE usename = 'guard' AND state = 'idle'`,
  );
}
const patience = { timeout: (ENDS_AFTER + 30) * 1000 };

describe('a session that is kept between two runs', () => {
  test('is gone at once when its process is killed', async () => {
    const { child } = await observing();
    expect(await sessions()).toHaveLength(1);
    child.kill('SIGKILL');
    await expect.poll(sessions, patience).toEqual([]);
  });

  test('has keepalives by which the server notices in the same time that the machine at the other end is gone or frozen', async () => {
    const { host, port } = server;
    const observer = createObserver({
      target: { host, port, database: 'postgres', checkTimeout: 10, tls: { mode: 'disable' } },
      credentials: always(monitor),
      clock: systemClock,
      endsAfter: ENDS_AFTER,
    });
    try {
      await observe(observer);
      const names = ['idle', 'interval', 'count'].map(
        (name) => `current_setting('tcp_keepalives_${name}')::int`,
      );
      const [row] =
        (await observer.session?.query<{ set: number[] }>(`SELECT ARRAY[${names.join()}] AS set`)) ?? [];
      const [idle = 0, interval = 0, count = 0] = row?.set ?? [];
      // What the kernel did not take would read 0, or the system's two hours.
      expect(idle + interval * count).toBe(ENDS_AFTER);
    } finally {
      await observer.close();
    }
  });

  test('is ended by the server when its process is frozen, from 14 on; the run after that logs in again', async () => {
    const { child, sample } = await observing();
    const [first] = await sessions();
    child.kill('SIGSTOP');
    if (server.major >= 14) await expect.poll(sessions, patience).toEqual([]);
    else {
      // Its machine goes on answering keepalives. Lambda freezes the machine, and not the process in it.
      await expect.poll(sessions, patience).toEqual([{ pid: first?.pid, silent: true }]);
    }
    child.kill('SIGCONT');
    expect(await sample()).toBe('sample');
    const [second] = await sessions();
    expect(second?.pid === first?.pid).toBe(false);
  });
});
