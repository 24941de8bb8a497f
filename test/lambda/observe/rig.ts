import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Client, type ClientConfig } from 'pg';
import type { Failure, Observation, Refusal, Sample } from '../../../lambda/model/observation.ts';
import type { Observer } from '../../../lambda/model/observer.ts';
import type { Credentials, CredentialsProvider } from '../../../lambda/model/session.ts';
import type { Target } from '../../../lambda/observe/connection.ts';
import { createObserver, type ObserverOptions } from '../../../lambda/observe/observer.ts';
import { systemClock } from '../../../lambda/shared/clock.ts';
import type { PostgresServer } from '../../../local/postgres/server.ts';

/** A provider that always has the same credentials. */
export const always = (login: Credentials): CredentialsProvider => ({ credentials: async () => login });

/** An observer without TLS, and with more patience than a busy machine needs, unless `target` says otherwise. */
export function observerOf(
  server: { readonly host: string; readonly port: number },
  credentials: CredentialsProvider,
  target: Partial<Target> = {},
  options: Pick<ObserverOptions, 'withSessions' | 'onRefused'> = {},
): Observer {
  return createObserver({
    target: {
      host: server.host,
      port: server.port,
      database: 'postgres',
      checkTimeout: 20,
      tls: { mode: 'disable' },
      ...target,
    },
    credentials,
    clock: systemClock,
    ...options,
  });
}

/** One sample that nothing cuts short. */
export const observe = (observer: Observer): Promise<Observation> =>
  observer.sample(new AbortController().signal);

/** One sample with an observer of its own, closed afterwards. */
export async function sampleOnce(observer: Observer): Promise<Observation> {
  try {
    return await observe(observer);
  } finally {
    await observer.close();
  }
}

/** The sample, or a failed test that shows what came instead. */
export function sampleIn(observation: Observation): Sample {
  if (observation.kind !== 'sample') throw new Error(`no sample: ${JSON.stringify(observation)}`);
  return observation;
}

/** The refusal, or a failed test that shows what came instead. */
export function refusalIn(observation: Observation): Refusal {
  if (observation.kind !== 'refused') throw new Error(`no refusal: ${JSON.stringify(observation)}`);
  return observation;
}

/** The failure, or a failed test that shows what came instead. */
export function failureIn(observation: Observation): Failure {
  if (observation.kind !== 'failed') throw new Error(`no failure: ${JSON.stringify(observation)}`);
  return observation;
}

/**
 * Logs in `count` times, as an application would. A login that is refused is tried again: the slot of a session that
 * has just ended may still be taken.
 */
export async function logIn(server: PostgresServer, count: number, config: ClientConfig): Promise<Client[]> {
  return Promise.all(
    Array.from({ length: count }, async () => {
      for (;;) {
        const client = new Client({ host: server.host, port: server.port, database: 'postgres', ...config });
        client.on('error', () => {}); // the test ends the server under it
        const refused = await client.connect().then(() => false, isRefusal);
        if (!refused) return client;
      }
    }),
  );
}

function isRefusal(error: unknown): true {
  if (error instanceof Error && 'code' in error && error.code === '53300') return true;
  throw error;
}

/** Ends what {@link logIn} began. */
export async function logOut(clients: readonly Client[]): Promise<void> {
  await Promise.all(clients.map((client) => client.end()));
}

/** Ends every session but the admin's own, whatever a test left open. */
export async function endSessions(server: PostgresServer): Promise<void> {
  await server.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend'`,
  );
  await until(async () => (await clientBackends(server)) === 0);
}

/** How many client backends the server has: the admin's own session is none. */
export async function clientBackends(server: PostgresServer): Promise<number> {
  const [row] = await server.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM pg_stat_activity WHERE backend_type = 'client backend'`,
  );
  return row?.n ?? -1;
}

/** Asks again until it is so; the deadline is the test's own. */
export async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await systemClock.sleep(10);
}

/** A login that stops half-way: the server waits for the password, and the slot is taken. */
export async function stallLogin(server: PostgresServer, user: string): Promise<Socket> {
  const socket = connect(server.port, server.host);
  await once(socket, 'connect');
  const parameters = Buffer.from(`user\0${user}\0database\0postgres\0\0`);
  const head = Buffer.alloc(8);
  head.writeInt32BE(parameters.length + 8, 0);
  head.writeInt32BE(196_608, 4); // protocol 3.0
  socket.write(Buffer.concat([head, parameters]));
  await once(socket, 'data'); // it asks for the password
  return socket;
}
