import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createObserver } from '../../lambda/observe/observer.ts';
import { reclaim } from '../../lambda/reclaim/reclaim.ts';
import { systemClock } from '../../lambda/shared/clock.ts';
import { createMonitor, createRole, type Login } from '../../local/postgres/roles.ts';
import { type PostgresServer, startPostgres } from '../../local/postgres/server.ts';
import { environmentFor, runCommand } from '../cli/support.ts';
import { always, observe, sampleIn, until } from '../lambda/observe/rig.ts';
import { requestFor } from '../lambda/reclaim/support.ts';
import { type RecordingProxy, startRecordingProxy } from '../support/recording-proxy.ts';
import { type HeldSessions, holdSessions } from '../support/sessions.ts';

// Statements of applications hold what concerns only their users: values of customers, tokens. None leaves the server.

/** Stands in every statement, as a name, a value and a comment. */
const SECRET = `s${randomUUID().replaceAll('-', '')}`;
const STATEMENTS = [
  `SELECT '${SECRET}', 1 AS ${SECRET} -- ${SECRET}`,
  `BEGIN; SELECT 2 AS ${SECRET}`,
  `LISTEN ${SECRET}`,
  `SELECT pg_advisory_lock(1) AS ${SECRET}`,
  `SELECT pg_sleep(600) AS ${SECRET}`,
];

let server: PostgresServer;
let guard: Login;
let held: HeldSessions;
let proxy: RecordingProxy;

beforeAll(async () => {
  server = await startPostgres({ maxConnections: 20 });
  guard = await createMonitor(server, { canSignal: true });
  held = await holdSessions(server, await createRole(server), STATEMENTS.length, 'named-shop');
  proxy = await startRecordingProxy(server.port);
  held.clients.forEach((client, index) => void client.query(STATEMENTS[index] ?? '').catch(() => {}));
  await until(async () => {
    const running = await server.query(
      `SELECT 1 FROM pg_stat_activity WHERE query LIKE '%${SECRET}%' AND usename = 'app'`,
    );
    return running.length === STATEMENTS.length;
  });
});
afterAll(async () => {
  await proxy?.[Symbol.asyncDispose]();
  await server?.stop();
  await held?.end().catch(() => {});
});

/** What crossed the wire is what was asked for, but no statement, and no part of one. */
function expectNoText(): void {
  const received = proxy.received().toString('latin1');
  expect(received).toContain('named-shop');
  expect(received).not.toContain(SECRET);
  expect(received).not.toContain('pg_sleep');
}

test('no text of a statement leaves the server for a sample that tells sessions apart, or for reclaim', async () => {
  const { host, port } = proxy;
  const observer = createObserver({
    target: { host, port, database: 'postgres', checkTimeout: 10, tls: { mode: 'disable' } },
    credentials: always(guard),
    clock: systemClock,
    withSessions: true,
  });
  try {
    const { sessions } = sampleIn(await observe(observer));
    expect(sessions?.sessions.filter(({ statement }) => statement !== null)).toHaveLength(STATEMENTS.length);
    if (observer.session === null) throw new Error('no session');
    const request = requestFor(observer.session, {
      mode: 'dry-run',
      at: 'always',
      idleFor: 1,
      usedOnceFor: 1,
    });
    const { reclamation } = await reclaim(request);
    expect(reclamation).toMatchObject({ failure: null, used: STATEMENTS.length });
    expectNoText();
  } finally {
    await observer.close();
  }
});

test.each([
  'check',
  'doctor',
  'sessions --state all',
  'terminate --dry-run --idle-for 0s',
  'terminate --yes --idle-for 0s',
])('no text of a statement leaves the server for `%s`, nor is any printed', async (command) => {
  for (const login of [guard, server.superuser]) {
    const { code, out, err } = await runCommand(command.split(' '), {
      ...environmentFor(server, login),
      PGPORT: String(proxy.port),
    });
    expect({ code, err }).not.toMatchObject({ code: 3 });
    expect(out + err).not.toContain(SECRET);
  }
  expectNoText();
});
