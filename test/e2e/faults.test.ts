import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { LambdaEnvironment } from '../../local/function/environment.ts';
import { createMonitor, createRole, type Login } from '../../local/postgres/roles.ts';
import { type PostgresServer, startPostgres } from '../../local/postgres/server.ts';
import { type GuardRig, ONE_LOOK, startGuardRig } from '../support/guard.ts';
import { type HeldSessions, holdSessions } from '../support/sessions.ts';

let server: PostgresServer;
let monitor: Login;
let eight: HeldSessions;
let rig: GuardRig;
let guard: LambdaEnvironment;

beforeAll(async () => {
  server = await startPostgres({ maxConnections: 20 });
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
const run = (environment = guard, timeout = ONE_LOOK) => environment.invoke(event(), timeout);
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
  it('down fails the run; the next one tells it, once, and says since when it is due', async () => {
    const lift = rig.aws.fail({ kind: 'server-error', service: 'sns' });
    await expect(run()).rejects.toMatchObject(FAULT);
    expect(rig.values('orders', 'CheckSucceeded')).toEqual([1]);
    lift();
    await run();
    await run();
    expect(rig.aws.messages).toHaveLength(1);
    expect(rig.aws.messages[0]?.bodies.default).toMatch(/^Late +Due since .* UTC/m);
  });

  it('that takes a message and loses its answer gets it again, and nothing is lost', async () => {
    rig.aws.fail({ kind: 'lose-reply', service: 'sns', times: 1 });
    await run();
    await run();
    expect(rig.aws.messages.length).toBeGreaterThanOrEqual(1);
    expect(rig.aws.messages.length).toBeLessThanOrEqual(2);
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

  it('at the same moment in two processes loses nothing and repeats it at most once', async () => {
    const other = await rig.start();
    await Promise.all([run(), run(other)]);
    await run();
    expect(rig.aws.messages.length).toBeGreaterThanOrEqual(1);
    expect(rig.aws.messages.length).toBeLessThanOrEqual(2);
  });
});

describe('a process that dies', () => {
  it('between publish and mark repeats the message once and loses none', async () => {
    rig.aws.fail({ kind: 'hang', service: 'dynamodb', action: 'UpdateItem', times: 1 });
    const dying = run();
    dying.catch(() => {});
    await expect.poll(() => rig.aws.messages.length).toBe(1);
    await guard.stop();
    await expect(dying).rejects.toThrow(/process ended/);
    const next = await rig.start();
    await run(next);
    await run(next);
    expect(rig.aws.messages).toHaveLength(2);
  });
});
