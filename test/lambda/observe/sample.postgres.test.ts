import { Client, type ClientConfig, escapeIdentifier } from 'pg';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { usableSlots } from '../../../lambda/model/observation.ts';
import { COME_BACK, USED_ONCE } from '../../../lambda/observe/sample-query.ts';
import { createMonitor, createRole, type Login } from '../../../local/postgres/roles.ts';
import { type PostgresServer, startPostgres } from '../../../local/postgres/server.ts';
import {
  always,
  clientBackends,
  endSessions,
  logIn,
  logOut,
  observe,
  observerOf,
  sampleIn,
  sampleOnce,
  stallLogin,
  until,
} from './rig.ts';

let server: PostgresServer;
let monitor: Login;
let app: Login;

beforeAll(async () => {
  server = await startPostgres({ maxConnections: 30 });
  monitor = await createMonitor(server);
  app = await createRole(server);
});

afterEach(() => endSessions(server));
afterAll(() => server.stop());

test('groups the sessions of others, with their states and ages, and does not count its own', async () => {
  const idle = await logIn(server, 3, { ...app, application_name: 'web' });
  const busy = await logIn(server, 1, { ...app, application_name: 'job' });
  await busy[0]?.query('BEGIN; SELECT 1');

  const observer = observerOf(server, always(monitor));
  const sample = sampleIn(await observe(observer));
  expect(sample.used).toBe(4);
  expect(new Set(sample.groups.map(({ application, state, count }) => [application, state, count]))).toEqual(
    new Set([
      ['job', 'idle in transaction', 1],
      ['web', 'idle', 3],
    ]),
  );
  for (const group of sample.groups) {
    expect(group).toMatchObject({ database: 'postgres', role: 'app', client: '127.0.0.1' });
    expect(group.oldestTransactionAge === null).toBe(group.state === 'idle');
  }
  expect(sample.server).toMatchObject({ isReplica: false, canSignal: false, role: monitor.user });
  expect(Math.floor(sample.server.versionNum / 10_000)).toBe(server.major);

  await observer.close();
  await logOut([...idle, ...busy]);
});

test('ages grow from one sample to the next on the same session', async () => {
  const [client] = await logIn(server, 1, app);
  const observer = observerOf(server, always(monitor));
  const first = sampleIn(await observe(observer)).groups[0]?.oldestStateAge ?? Number.NaN;
  const second = sampleIn(await observe(observer)).groups[0]?.oldestStateAge ?? Number.NaN;
  expect(second).toBeGreaterThan(first);
  expect(await clientBackends(server)).toBe(2);
  await observer.close();
  await until(async () => (await clientBackends(server)) === 1);
  await client?.end();
});

test('counts no walsender, parallel worker or background worker', async () => {
  // The admin session of the rig is a walsender, and so is this one.
  const asWalsender: ClientConfig & { replication: 'database' } = {
    ...server.superuser,
    replication: 'database',
  };
  const walsenders = await logIn(server, 2, asWalsender);
  await server.query(`CREATE TABLE big AS SELECT g FROM generate_series(1, 20000) g;
    ALTER TABLE big SET (parallel_workers = 2); GRANT SELECT ON big TO app`);
  const [client] = await logIn(server, 1, app);
  await client?.query(
    'SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0',
  );
  const scan = client?.query('SELECT count(*) FROM big WHERE pg_sleep(0.002) IS NOT NULL');
  const ended = expect(scan).rejects.toThrow();
  const types = async () => {
    const rows = await server.query<{ type: string }>(
      'SELECT DISTINCT backend_type AS type FROM pg_stat_activity',
    );
    return rows.map(({ type }) => type);
  };
  await until(async () => (await types()).includes('parallel worker'));

  const sample = sampleIn(await sampleOnce(observerOf(server, always(monitor))));
  expect(await types()).toEqual(expect.arrayContaining(['walsender', 'parallel worker', 'checkpointer']));
  expect(sample.used).toBe(1);

  await server.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app'`);
  await ended;
  await logOut(walsenders);
  await server.query('DROP TABLE big');
});

test('says partial, with no count, without pg_read_all_stats', async () => {
  const clients = await logIn(server, 2, app);
  const observation = await sampleOnce(observerOf(server, always(app)));
  expect(observation).toMatchObject({
    kind: 'partial',
    capacity: { maxConnections: 30 },
    server: { role: 'app' },
  });
  expect(observation).not.toHaveProperty('used');
  await logOut(clients);
});

test('keeps quotes, control characters and emoji in names as they are', async () => {
  const name = `a"b'c\\d\n\u001b[31m \u{1f418}\u202e`;
  const odd = await createRole(server, { name });
  await server.query(`CREATE DATABASE ${escapeIdentifier(name)}`);
  const [client] = await logIn(server, 1, { ...odd, database: name });
  await client?.query(`SET application_name = '${'x'.repeat(60_000)}'`);
  const { groups } = sampleIn(await sampleOnce(observerOf(server, always(monitor))));
  expect(groups).toMatchObject([{ role: name, database: name, application: 'x'.repeat(63), count: 1 }]);
  await client?.end();
});

test('tells the limits of roles and databases and what counts against them, and no limit of a superuser', async () => {
  await createRole(server, { name: 'limited', connectionLimit: 7 });
  await server.query('ALTER ROLE postgres CONNECTION LIMIT 9');
  await server.query('CREATE DATABASE small CONNECTION LIMIT 5');
  const clients = await logIn(server, 2, { ...app, database: 'small' });
  const { limits } = sampleIn(await sampleOnce(observerOf(server, always(monitor))));
  expect(limits).toEqual([
    { kind: 'role', name: 'limited', limit: 7, used: 0 },
    { kind: 'database', name: 'small', limit: 5, used: 2 },
  ]);
  await logOut(clients);
  await server.query('ALTER ROLE postgres CONNECTION LIMIT -1; DROP ROLE limited');
  await server.query('ALTER DATABASE small CONNECTION LIMIT -1');
});

test('a login that has not finished is counted as starting where the server shows it (18)', async () => {
  const socket = await stallLogin(server, app.user);
  const { used, groups } = sampleIn(await sampleOnce(observerOf(server, always(monitor))));
  if (server.major >= 18) {
    expect(groups).toMatchObject([{ state: 'starting', role: null, database: null, count: 1 }]);
  }
  expect(used).toBe(server.major >= 18 ? 1 : 0);
  socket.destroy();
});

test('a session whose state the server does not track is counted', async () => {
  const [client] = await logIn(server, 1, server.superuser);
  await client?.query('SET track_activities = off');
  const { used, groups } = sampleIn(await sampleOnce(observerOf(server, always(monitor))));
  expect(used).toBe(1);
  expect(groups.map(({ state, count }) => [state, count])).toEqual([['disabled', 1]]);
  await client?.end();
});

test('usable is exactly how many sessions an ordinary role gets', async () => {
  const settings: Record<string, string> = { superuser_reserved_connections: '2' };
  if (server.major >= 16) settings['reserved_connections'] = '4';
  await using small = await startPostgres({ maxConnections: 12, settings });
  const login = await createRole(small);
  const { capacity } = sampleIn(await sampleOnce(observerOf(small, always(small.superuser))));
  const usable = small.major >= 16 ? 6 : 10;
  expect(usableSlots(capacity)).toBe(usable);
  const clients = await logIn(small, usable, login);
  const one = new Client({ host: small.host, port: small.port, database: 'postgres', ...login });
  await expect(one.connect()).rejects.toMatchObject({ code: '53300' });
  await logOut(clients);
});

test('counts as coming back what was used lately, and as used once what never was again', async () => {
  const [row] = await server.query<{ back: string; once: string }>(`
    SELECT string_agg(name, ' ') FILTER (WHERE ${COME_BACK}) AS back,
      string_agg(name, ' ') FILTER (WHERE ${USED_ONCE}) AS once
    FROM (SELECT name, state, now() - used AS state_change, now() - opened AS backend_start FROM (VALUES
      ('stream', 'idle', interval '2 s', interval '9 min'),
      ('at-work', 'active', '2 s', '9 min'),
      ('fresh', 'idle', '2 s', '2 s'),
      ('left', 'idle', '50 s', '51 s'),
      ('left-in-transaction', 'idle in transaction', '50 s', '51 s'),
      ('task', 'idle', '30 s', '9 min')
    ) AS given(name, state, used, opened)) AS sessions`);
  expect(row).toEqual({ back: 'stream', once: 'left' });
});
