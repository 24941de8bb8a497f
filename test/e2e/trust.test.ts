import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { digestOf } from '../../lambda/config/pins.ts';
import { createMonitor, createRole, type Login } from '../../local/postgres/roles.ts';
import { type PostgresServer, startPostgres } from '../../local/postgres/server.ts';
import { type GuardRig, ONE_SAMPLE, startGuardRig } from '../support/guard.ts';
import { holdSessions } from '../support/sessions.ts';

// Somebody who may invoke the function, and nothing else, chooses the event. The environment has no pin for it.

let server: PostgresServer;
let monitor: Login;
let app: Login;
let rig: GuardRig;
const open: Server[] = [];

beforeAll(async () => {
  server = await startPostgres({ maxConnections: 30 });
  monitor = await createMonitor(server, { canSignal: true });
  app = await createRole(server);
  rig = await startGuardRig();
});
afterEach(() => {
  for (const listener of open.splice(0)) listener.close();
});
afterAll(async () => {
  await rig?.[Symbol.asyncDispose]();
  await server?.stop();
});

/** AuthenticationCleartextPassword, and AuthenticationMD5Password with the salt `abcd`. */
const ASKS = {
  'in the clear': Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3]),
  'as MD5': Buffer.from([0x52, 0, 0, 0, 12, 0, 0, 0, 5, 0x61, 0x62, 0x63, 0x64]),
} as const;

/** A server of the attacker's: answers whatever it gets with `answer`, and keeps what it was sent. */
async function listen(answer: (received: Buffer, socket: Socket) => void) {
  const received: Buffer[] = [];
  const listener = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      received.push(chunk);
      answer(chunk, socket);
    });
  });
  open.push(listener);
  await once(listener.listen(0, '127.0.0.1'), 'listening');
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { port: address.port, received: () => Buffer.concat(received).toString('latin1') };
}

/** SSLRequest, which is what a client that wants TLS sends first. */
const wantsTls = (chunk: Buffer) => chunk.length === 8 && chunk.readInt32BE(4) === 80_877_103;

describe('whoever may only invoke the function', () => {
  test.each(Object.entries(ASKS))(
    'does not get the password by a server of their own that asks for it %s',
    async (_, ask) => {
      const evil = await listen((_chunk, socket) => void socket.write(ask));
      const guard = await rig.start({ GUARD_PINNED_EVENTS: '[]' });
      const entry = rig.entry('orders', { host: '127.0.0.1', port: evil.port }, monitor);
      await expect(guard.invoke({ databases: [entry] }, ONE_SAMPLE)).rejects.toThrow(
        'databases[0].tls.mode: found "disable"; allowed: "verify-full"',
      );
      // With TLS that the server claims not to have, and then asks all the same.
      const downgrade = await listen(
        (chunk, socket) => void socket.write(wantsTls(chunk) ? Buffer.concat([Buffer.from('N'), ask]) : ask),
      );
      const secure = { ...entry, port: downgrade.port, tls: { mode: 'verify-full' as const } };
      expect(await guard.invoke({ databases: [secure] }, ONE_SAMPLE)).toMatchObject({
        databases: [{ lastObservation: 'failed' }],
      });
      for (const { received } of [evil, downgrade]) expect(received()).not.toContain(monitor.password);
    },
  );

  test('does not get a secret that names no host, or another, sent to a host that they choose, and it is said why', async () => {
    const evil = await listen((chunk, socket) => void socket.write(wantsTls(chunk) ? 'S' : ''));
    const guard = await rig.start({ GUARD_PINNED_EVENTS: '[]' });
    const entry = { ...rig.entry('stolen', { host: '127.0.0.1', port: evil.port }, monitor), tls: {} };
    await guard.invoke({ databases: [entry] }, ONE_SAMPLE);
    expect(guard.logs).toContainEqual(
      expect.objectContaining({
        event: 'check.done',
        class: 'secret',
        text: expect.stringContaining('only in an event that a schedule of the stack sends'),
      }),
    );
    expect(evil.received()).toBe('');
  });

  test('ends no session, not even with the event of the stack in which one number is another', async () => {
    await using held = await holdSessions(server, app, 20);
    const event = (idleFor: number) => ({
      databases: [
        {
          ...rig.entry('orders', server, monitor),
          reclaim: { mode: 'terminate', at: 'always', idleFor, usedOnceFor: idleFor },
        },
      ],
    });
    const pins = JSON.stringify([{ digest: digestOf(event(3600).databases) }]);
    const guard = await rig.start({ GUARD_PINNED_EVENTS: pins });
    expect(await guard.invoke(event(3600), ONE_SAMPLE)).toMatchObject({ databases: [{ terminated: 0 }] });
    await expect(guard.invoke(event(1), ONE_SAMPLE)).rejects.toThrow('reclaim.mode: found "terminate"');
    const [row] = await server.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM pg_stat_activity WHERE usename = 'app'`,
    );
    expect(row?.n).toBe(held.clients.length);
  });
});
