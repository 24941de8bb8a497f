import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { DatabaseError } from 'pg';
import { afterEach, expect, test } from 'vitest';
import { CredentialsError } from '../../../lambda/model/session.ts';
import { classifyError } from '../../../lambda/observe/classify-error.ts';
import { readAnswer, UnexpectedAnswerError } from '../../../lambda/observe/read-answer.ts';
import { always, failureIn, observe, observerOf, sampleOnce } from './rig.ts';

const anyLogin = always({ user: 'guard', password: 'x' });
let server: Server | null = null;
const sockets: Socket[] = [];

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  server?.close();
  server = null;
});

/** A server that is no PostgreSQL. */
async function listen(onConnection: (socket: Socket) => void): Promise<{ host: string; port: number }> {
  server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    onConnection(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { host: '127.0.0.1', port: address.port };
}

test.each([
  ['with TLS', { tls: { mode: 'verify-full' as const } }],
  ['without', { tls: { mode: 'disable' as const } }],
])('a server that accepts and never answers is a timeout at the deadline, %s', async (_name, target) => {
  const place = await listen((socket) => socket.resume());
  const observer = observerOf(place, anyLogin, { ...target, checkTimeout: 1 });
  const failure = failureIn(await observe(observer));
  expect(failure).toMatchObject({ class: 'timeout', code: null });
  expect(failure.took).toBeGreaterThanOrEqual(990);
  expect(failure.took).toBeLessThan(5000);
  await observer.close();
});

test('the run’s own end cuts a sample short', async () => {
  const observer = observerOf(await listen((socket) => socket.resume()), anyLogin, { checkTimeout: 30 });
  const failure = failureIn(await observer.sample(AbortSignal.timeout(100)));
  expect(failure.class).toBe('timeout');
  expect(failure.took).toBeLessThan(10_000);
  await observer.close();
});

test('closing ends a sample that is under way', async () => {
  let connected = () => {};
  const connection = new Promise<void>((resolve) => {
    connected = resolve;
  });
  const observer = observerOf(await listen(() => connected()), anyLogin, { checkTimeout: 30 });
  const observing = observe(observer);
  await connection;
  await observer.close();
  expect(failureIn(await observing).class).toBe('timeout');
});

test('a host name that does not resolve', async () => {
  const failure = failureIn(await sampleOnce(observerOf({ host: 'none.invalid', port: 5432 }, anyLogin)));
  expect(failure.class).toBe('dns');
});

test('a port on which no server listens', async () => {
  const place = await listen(() => {});
  server?.close();
  const failure = failureIn(await sampleOnce(observerOf(place, anyLogin)));
  expect(failure).toMatchObject({ class: 'network', code: 'ECONNREFUSED' });
});

test.each([
  ['hangs up', (socket: Socket) => void socket.end()],
  ['resets the connection', (socket: Socket) => void socket.resetAndDestroy()],
])('a server that %s without a word is a network failure, not one of TLS', async (_name, behave) => {
  const place = await listen(behave);
  const failure = failureIn(await sampleOnce(observerOf(place, anyLogin, { tls: { mode: 'verify-full' } })));
  expect(failure.class).toBe('network');
});

test('a server that answers the TLS request and then talks nonsense is a TLS failure', async () => {
  const place = await listen((socket) => {
    socket.once('data', () => socket.write('S', () => socket.write('nonsense, not a handshake')));
  });
  const failure = failureIn(await sampleOnce(observerOf(place, anyLogin, { tls: { mode: 'verify-full' } })));
  expect(failure.class).toBe('tls');
});

test('credentials that cannot be had are our own failure, and a provider that hangs is a timeout', async () => {
  const place = await listen(() => {});
  const denied = {
    credentials: async () => Promise.reject(new CredentialsError('access denied')),
  };
  expect(failureIn(await sampleOnce(observerOf(place, denied)))).toMatchObject({
    class: 'secret',
    text: 'access denied',
  });
  const hanging = { credentials: () => new Promise<never>(() => {}) };
  const failure = failureIn(await sampleOnce(observerOf(place, hanging, { checkTimeout: 1 })));
  expect(failure.class).toBe('timeout');
  expect(failure.text).toContain('getting credentials');
});

/** A 53300 as PostgreSQL 17 sends it, with another text or reporter. */
function refusal(message: string, routine?: string): DatabaseError {
  const error = new DatabaseError(message, message.length, 'error');
  return Object.assign(error, { code: '53300', topic: 'FATAL', routine });
}

// What RDS and servers in other languages say cannot be had from a local server; the texts are in public reports.
test.each([
  [
    'rds-slots',
    'remaining connection slots are reserved for roles with privileges of the "rds_reserved" role',
    'InitPostgres',
  ],
  [
    'rds-slots',
    'remaining connection slots are reserved for non-replication superuser, rds_reserved, and rds_superuser connections',
    undefined,
  ],
  ['reserved-slots', 'les emplacements … rôle « pg_use_reserved_connections »', 'InitPostgres'],
  ['superuser-slots', 'les emplacements … SUPERUSER', 'InitPostgres'],
  ['role-limit', 'trop de connexions pour le rôle « x »', 'InitializeSessionUserId'],
  ['database-limit', 'trop de connexions pour la base « x »', 'CheckMyDatabase'],
  ['role-limit', 'too many connections for role "x"', undefined],
  ['database-limit', 'too many connections for database "x"', undefined],
  ['all-slots', 'sorry, too many clients already', undefined],
])('%s: %s (%s)', (limit, text, routine) => {
  expect(classifyError(refusal(text, routine), { securing: false, answered: true, closed: false })).toEqual({
    kind: 'refused',
    limit,
    text,
  });
});

test('an answer that is not PostgreSQL’s is refused, and named', () => {
  expect(() => readAnswer([])).toThrow(UnexpectedAnswerError);
  expect(() => readAnswer([{ version_num: '18' }])).toThrow(/version_num/);
});
