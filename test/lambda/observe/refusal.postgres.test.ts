import { Client } from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createMonitor, createRole, type Login } from '../../../local/postgres/roles.ts';
import { type PostgresServer, startPostgres } from '../../../local/postgres/server.ts';
import {
  always,
  clientBackends,
  logIn,
  look,
  lookOnce,
  observerOf,
  refusalIn,
  sampleIn,
  stallLogin,
} from './rig.ts';

let server: PostgresServer;
let monitor: Login;
let app: Login;
let held: Client[];

beforeEach(async () => {
  const probe: Record<string, string> = { superuser_reserved_connections: '2' };
  if (Number(process.env['RCG_POSTGRES_MAJOR'] ?? 18) >= 16) probe['reserved_connections'] = '2';
  server = await startPostgres({ maxConnections: 8, settings: probe });
  monitor = await createMonitor(server);
  app = await createRole(server);
  held = [];
});

afterEach(async () => {
  await Promise.all(held.map((client) => client.end().catch(() => {})));
  await server.stop();
});

const hold = async (count: number, login: Login, database = 'postgres') => {
  held.push(...(await logIn(server, count, { ...login, database })));
};

const refused = async (login = monitor) =>
  refusalIn(await lookOnce(observerOf(server, always(login), { checkTimeout: 1 })));

/** Slots that an ordinary role gets. */
const ordinary = () => (server.major >= 16 ? 4 : 6);

test('when only reserved slots are left, it says which, after knocking until its deadline', async () => {
  await hold(ordinary(), app);
  const refusal = await refused();
  expect(refusal.limit).toBe(server.major >= 16 ? 'reserved-slots' : 'superuser-slots');
  expect(refusal.text).toMatch(/^remaining connection slots are reserved/);
  expect(refusal.attempts).toBeGreaterThanOrEqual(3);
  expect(refusal.took).toBeGreaterThanOrEqual(990);
  expect(refusal.took).toBeLessThan(1900);
});

test('superuser-slots: when the reserved ones are gone too', async () => {
  if (server.major >= 16) await server.query('GRANT pg_use_reserved_connections TO app');
  await hold(6, app);
  expect((await refused()).limit).toBe('superuser-slots');
});

test('all-slots: when not even a superuser gets in', async () => {
  await hold(8, server.superuser);
  expect((await refused()).limit).toBe('all-slots');
});

test('all-slots: also when it is logins in flight that hold the slots', async () => {
  const sockets = await Promise.all(Array.from({ length: 8 }, () => stallLogin(server, app.user)));
  expect((await refused()).limit).toBe('all-slots');
  for (const socket of sockets) socket.destroy();
});

test('role-limit: another run of the guard holds its role’s only session', async () => {
  await server.query('ALTER ROLE guard CONNECTION LIMIT 1');
  await hold(1, monitor);
  expect((await refused()).limit).toBe('role-limit');
});

test('database-limit: the database that the guard logs in to is at its limit', async () => {
  await server.query('CREATE DATABASE small CONNECTION LIMIT 1');
  await hold(1, app, 'small');
  const observer = observerOf(server, always(monitor), { database: 'small', checkTimeout: 1 });
  expect(refusalIn(await lookOnce(observer)).limit).toBe('database-limit');
});

test('with pg_use_reserved_connections the guard has a seat on a server that is full for others (16+)', async ({
  skip,
}) => {
  if (server.major < 16) skip();
  await server.query('GRANT pg_use_reserved_connections TO guard');
  await hold(ordinary(), app);
  expect(sampleIn(await lookOnce(observerOf(server, always(monitor)))).used).toBe(ordinary());
});

test('knocking gets in as soon as a slot is free', async () => {
  await hold(ordinary(), app);
  const observer = observerOf(server, always(monitor), { checkTimeout: 10 });
  const looking = look(observer);
  // The server logs each refusal: wait until it has turned the guard away, then give a slot back.
  while (!(await server.readLog()).includes('remaining connection slots')) await new Promise(setImmediate);
  await held.pop()?.end();
  const sample = sampleIn(await looking);
  expect(sample.used).toBe(ordinary() - 1);
  expect(sample.took).toBeLessThan(5000);
  await observer.close();
});

test('keeps its session while the server fills, and closes it at the end', async () => {
  const observer = observerOf(server, always(monitor));
  await look(observer);
  await hold(ordinary() - 1, app);
  await expect(
    new Client({ host: server.host, port: server.port, ...app, database: 'postgres' }).connect(),
  ).rejects.toMatchObject({ code: '53300' });
  // The process that refused the login may still be there, and counts for as long as it is.
  await expect.poll(async () => sampleIn(await look(observer)).used).toBe(ordinary() - 1);
  await observer.close();
  while ((await clientBackends(server)) > ordinary() - 1) await new Promise(setImmediate);
});

test('a run that ends while it knocks says refused, not timeout', async () => {
  await hold(ordinary(), app);
  const observer = observerOf(server, always(monitor), { checkTimeout: 30 });
  const run = new AbortController();
  const looking = observer.sample(run.signal);
  while (!(await server.readLog()).includes('remaining connection slots')) await new Promise(setImmediate);
  setTimeout(() => run.abort(), 100);
  expect(refusalIn(await looking).took).toBeLessThan(10_000);
  await observer.close();
});
