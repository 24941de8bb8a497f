import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { LambdaEnvironment } from '../../local/function/environment.ts';
import { createMonitor, createRole, type Login } from '../../local/postgres/roles.ts';
import { type PostgresServer, startPostgres } from '../../local/postgres/server.ts';
import { type GuardRig, ONE_SAMPLE, startGuardRig } from '../support/guard.ts';
import { type HeldSessions, holdSessions } from '../support/sessions.ts';

let server: PostgresServer;
let monitor: Login;
let eight: HeldSessions;
let rig: GuardRig;
let guard: LambdaEnvironment;

beforeAll(async () => {
  server = await startPostgres({ maxConnections: 60 });
  monitor = await createMonitor(server);
  eight = await holdSessions(server, await createRole(server), 8);
});
afterAll(async () => {
  await eight.end();
  await server.stop();
});
beforeEach(async () => {
  rig = await startGuardRig();
  guard = await rig.start();
});
afterEach(() => rig[Symbol.asyncDispose]());

/** A database that is at level warning in every test of this file. */
const event = () => ({
  databases: [{ ...rig.entry('orders', server, monitor), thresholds: { warning: 8, critical: 12 } }],
});
const run = (environment = guard, timeout = ONE_SAMPLE) => environment.invoke(event(), timeout);
const FAULT = { errorType: 'GuardFaultError' };

describe('CloudWatch', () => {
  it.each(['throttle', 'server-error', 'reset'] as const)('is tried again after one %s', async (kind) => {
    rig.aws.fail({ kind, service: 'cloudwatch', times: 1 });
    await run();
    expect(rig.values('orders', 'CheckSucceeded')).toEqual([1]);
  });

  it.each(['throttle', 'server-error', 'hang'] as const)(
    'with %s for good fails the run, after the alert went out and the memory was kept',
    async (kind) => {
      const lift = rig.aws.fail({ kind, service: 'cloudwatch' });
      await expect(run()).rejects.toMatchObject({
        ...FAULT,
        message: expect.stringContaining('PutMetricData'),
      });
      expect(rig.aws.messages).toHaveLength(1);
      lift();
      await run();
      expect(rig.aws.messages).toHaveLength(1);
    },
  );
});

describe('SNS', () => {
  it('down fails the run; a later one tells it, once, and says since when it is due', async () => {
    const lift = rig.aws.fail({ kind: 'server-error', service: 'sns' });
    await expect(run()).rejects.toMatchObject(FAULT);
    expect(rig.values('orders', 'CheckSucceeded')).toEqual([1]);
    lift();
    await run();
    expect(rig.aws.messages).toEqual([]);
    await rig.passTime('orders', 5);
    await run();
    await run();
    expect(rig.aws.messages).toHaveLength(1);
    expect(rig.aws.messages[0]?.bodies['email']).toMatch(/^Late +Due since .* UTC/m);
  });

  it('that takes every message and loses its answers gets one at once, and the next after 5, 15 and 60 s', async () => {
    rig.aws.fail({ kind: 'lose-reply', service: 'sns' });
    const copies: number[] = [];
    for (const seconds of [0, 4, 1, 14, 1, 59, 1]) {
      await rig.passTime('orders', seconds);
      await run().catch(() => {});
      copies.push(rig.aws.messages.length);
    }
    expect(copies).toEqual([1, 1, 2, 2, 3, 3, 4]);
  });
});

describe('DynamoDB', () => {
  it.each(['server-error', 'throttle'] as const)(
    'with %s for good fails the run, but people are told, and told once while the process lives',
    async (kind) => {
      rig.aws.fail({ kind, service: 'dynamodb' });
      await expect(run()).rejects.toMatchObject(FAULT);
      await expect(run()).rejects.toMatchObject(FAULT);
      expect(rig.aws.messages).toHaveLength(1);
    },
  );

  it('that stores and loses its answer is no conflict', async () => {
    rig.aws.fail({ kind: 'lose-reply', service: 'dynamodb', action: 'UpdateItem', times: 1 });
    await run();
    await run();
    expect(rig.aws.messages).toHaveLength(1);
  });
});

describe('the same event twice', () => {
  it('in a row tells it once, by another process too', async () => {
    await run();
    await run(await rig.start());
    expect(rig.aws.messages).toHaveLength(1);
  });

  it('at the same moment in three processes tells each of eight databases in exactly one message', async () => {
    const databases = Array.from({ length: 8 }, (_, index) => ({
      ...rig.entry(`db-${index}`, server, monitor),
      thresholds: { warning: 8, critical: 50 },
    }));
    const processes = await Promise.all([rig.start(), rig.start()]);
    const all = [guard, ...processes];
    await Promise.all(all.map((environment) => environment.invoke({ databases }, 2 * ONE_SAMPLE)));
    await guard.invoke({ databases }, 2 * ONE_SAMPLE);
    const told = rig.aws.messages.flatMap(({ attributes }) => JSON.parse(attributes['database'] ?? '[]'));
    expect(told).toHaveLength(databases.length);
    expect(new Set(told)).toEqual(new Set(databases.map(({ name }) => name)));
  });
});

describe('a process that dies', () => {
  it.each([
    ['before it has claimed the message', 1, 0],
    ['between claim and publish', 1, 20],
    ['between publish and mark', 2, 20],
  ])('%s loses none', async (point, copies, takenOverAfter) => {
    const hang = { kind: 'hang', service: 'dynamodb', action: 'UpdateItem', times: 1 } as const;
    if (point.startsWith('before')) rig.aws.fail(hang);
    else if (point.endsWith('publish')) rig.aws.fail({ kind: 'hang', service: 'sns', times: 1 });
    else rig.aws.onMessage(() => rig.aws.messages.length === 1 && rig.aws.fail(hang));
    const last = point.endsWith('publish') ? 'Publish' : 'UpdateItem';
    const dying = run();
    dying.catch(() => {});
    const hung = () => rig.aws.calls.filter(({ outcome }) => outcome === 'hang');
    await expect.poll(hung, { timeout: ONE_SAMPLE }).toHaveLength(1);
    expect(hung().map(({ action }) => action)).toEqual([last]);
    await guard.stop();
    await expect(dying).rejects.toThrow(/process ended/);
    const next = await rig.start();
    if (takenOverAfter > 0) {
      const before = rig.aws.messages.length;
      await rig.passTime('orders', takenOverAfter / 2);
      await run(next);
      expect(rig.aws.messages).toHaveLength(before);
      await rig.passTime('orders', takenOverAfter / 2);
    }
    await run(next);
    await run(next);
    expect(rig.aws.messages).toHaveLength(copies);
  });
});
