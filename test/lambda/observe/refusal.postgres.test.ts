import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { defaultMajor } from '../../../local/postgres/binaries.ts';
import { createMonitor, createRole, type Login } from '../../../local/postgres/roles.ts';
import { type PostgresServer, startPostgres } from '../../../local/postgres/server.ts';
import {
  always,
  clientBackends,
  endSessions,
  logIn,
  observe,
  observerOf,
  refusalIn,
  sampleIn,
  sampleOnce,
  stallLogin,
  until,
} from './rig.ts';

const HAS_RESERVED = defaultMajor() >= 16;

/** Slots that an ordinary role gets. */
const ORDINARY = HAS_RESERVED ? 4 : 6;

let server: PostgresServer;
let monitor: Login;
let app: Login;

const start = () => {
  const reserved: Record<string, string> = HAS_RESERVED ? { reserved_connections: '2' } : {};
  const settings = { superuser_reserved_connections: '2', ...reserved };
  return startPostgres({ maxConnections: 8, settings });
};

beforeAll(async () => {
  server = await start();
  monitor = await createMonitor(server);
  app = await createRole(server);
});
afterEach(() => endSessions(server));
afterAll(() => server.stop());

const hold = (count: number, login: Login, database = 'postgres') =>
  logIn(server, count, { ...login, database });

/** What refuses a login: the run ends at the first refusal, long before its deadline. */
async function refusalOf(login: Login, { of = server, database = 'postgres' } = {}) {
  const run = new AbortController();
  const observer = observerOf(
    of,
    always(login),
    { checkTimeout: 60, database },
    { onRefused: () => run.abort() },
  );
  const observation = await observer.sample(run.signal);
  await observer.close();
  return refusalIn(observation);
}

test('when only reserved slots are left, it says which, after trying to log in until its deadline', async () => {
  await hold(ORDINARY, app);
  const refusal = refusalIn(await sampleOnce(observerOf(server, always(monitor), { checkTimeout: 3 })));
  expect(refusal.limit).toBe(HAS_RESERVED ? 'reserved-slots' : 'superuser-slots');
  expect(refusal.text).toMatch(/^remaining connection slots are reserved/);
  expect(refusal.attempts).toBeGreaterThanOrEqual(3);
  expect(refusal.took).toBeGreaterThanOrEqual(2990);
  expect(refusal.took).toBeLessThan(9000);
});

test('superuser-slots: when the reserved ones are gone too', async () => {
  const favoured = await createRole(server, { name: 'favoured' });
  if (HAS_RESERVED) await server.query('GRANT pg_use_reserved_connections TO favoured');
  await hold(6, favoured);
  expect((await refusalOf(monitor)).limit).toBe('superuser-slots');
});

test('all-slots: when not even a superuser gets in', async () => {
  await hold(8, server.superuser);
  expect((await refusalOf(monitor)).limit).toBe('all-slots');
});

test('all-slots: also when it is logins in flight that hold the slots', async () => {
  // Before 18 nothing tells when these are gone, so they have a server to themselves.
  await using of = await start();
  const login = await createMonitor(of);
  const sockets = await Promise.all(Array.from({ length: 8 }, () => stallLogin(of, login.user)));
  expect((await refusalOf(login, { of })).limit).toBe('all-slots');
  for (const socket of sockets) socket.destroy();
});

test('role-limit: another run of the guard holds its role’s only session', async () => {
  const single = await createMonitor(server, { name: 'single', connectionLimit: 1 });
  await hold(1, single);
  expect((await refusalOf(single)).limit).toBe('role-limit');
});

test('database-limit: the database that the guard logs in to is at its limit', async () => {
  await server.query('CREATE DATABASE small CONNECTION LIMIT 1');
  await hold(1, app, 'small');
  expect((await refusalOf(monitor, { database: 'small' })).limit).toBe('database-limit');
});

test.skipIf(!HAS_RESERVED)(
  'with pg_use_reserved_connections the guard gets in on a server that is full for others (16+)',
  async () => {
    const admitted = await createMonitor(server, { name: 'admitted', usesReserved: true });
    await hold(ORDINARY, app);
    const observer = observerOf(server, always(admitted));
    await expect.poll(async () => sampleIn(await observe(observer)).used).toBe(ORDINARY);
    await observer.close();
  },
);

test('a login that is tried again gets in as soon as a slot is free', async () => {
  const [first] = await hold(ORDINARY, app);
  // The first refusal gives a slot back.
  const onRefused = () => void first?.end();
  const observer = observerOf(server, always(monitor), { checkTimeout: 60 }, { onRefused });
  const sample = sampleIn(await observe(observer));
  expect(sample.used).toBe(ORDINARY - 1);
  expect(sample.took).toBeLessThan(30_000);
  await observer.close();
});

test('keeps its session while the server fills, and closes it at the end', async () => {
  const observer = observerOf(server, always(monitor));
  await observe(observer);
  await hold(ORDINARY - 1, app);
  await expect(
    new Client({ host: server.host, port: server.port, ...app, database: 'postgres' }).connect(),
  ).rejects.toMatchObject({ code: '53300' });
  // The process that refused the login may still be there, and counts for as long as it is.
  await expect.poll(async () => sampleIn(await observe(observer)).used).toBe(ORDINARY - 1);
  await observer.close();
  await until(async () => (await clientBackends(server)) === ORDINARY - 1);
});

test('a run that ends while it tries to log in says refused, not timeout', async () => {
  await hold(ORDINARY, app);
  expect((await refusalOf(monitor)).took).toBeLessThan(30_000);
});
