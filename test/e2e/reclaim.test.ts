import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DatabaseInput } from '../../lambda/config/database.ts';
import { createMonitor, createRole, type Login } from '../../local/postgres/roles.ts';
import { type PostgresServer, startPostgres } from '../../local/postgres/server.ts';
import { type GuardRig, ONE_SAMPLE, startGuardRig } from '../support/guard.ts';
import { type HeldSessions, holdSessions } from '../support/sessions.ts';

let server: PostgresServer;
let app: Login;
let monitor: Login;
let rig: GuardRig;
let held: HeldSessions;

beforeAll(async () => {
  server = await startPostgres({ maxConnections: 30 });
  app = await createRole(server);
  monitor = await createMonitor(server, { canSignal: true });
});
afterAll(() => server.stop());
beforeEach(async () => {
  rig = await startGuardRig();
  held = await holdSessions(server, app, 12);
  await expect.poll(() => server.query(`SELECT 1 ${STALE}`), { timeout: 10_000 }).toHaveLength(12);
});
afterEach(async () => {
  await held.end();
  await rig[Symbol.asyncDispose]();
});

const STALE = `FROM pg_stat_activity WHERE usename = 'app' AND clock_timestamp() - state_change > '1.1 s'`;
const ages = { idleFor: 1, usedOnceFor: 1, idleForAtFull: 1 };

function run(reclaim: NonNullable<DatabaseInput['reclaim']>) {
  return {
    databases: [
      {
        ...rig.entry('orders', server, monitor),
        thresholds: { warning: 6, critical: 10 },
        reclaim: { ...ages, ...reclaim },
      },
    ],
  };
}

async function alive(): Promise<number> {
  return (await server.query(`SELECT 1 FROM pg_stat_activity WHERE usename = 'app'`)).length;
}

describe('reclaim in the built function', () => {
  it('ends as many stale sessions as are needed, says so in the alert and counts them', async () => {
    const guard = await rig.start();
    expect(await guard.invoke(run({ mode: 'terminate' }), ONE_SAMPLE)).toMatchObject({
      databases: [{ level: 'critical', terminated: 7 }],
    });
    expect(await alive()).toBe(5);
    expect(rig.values('orders', 'SessionsTerminated')).toEqual([7]);
    expect(rig.aws.messages[0]?.bodies['email']).toMatch(/Of 12 stale sessions: 7 ended/);
    expect(guard.logs.map(({ event }) => event)).toEqual([
      'check.done',
      'check.holders',
      'reclaim.begin',
      'reclaim.done',
      'alert.sent',
    ]);
  });

  it('in dry-run ends none and says which it would have ended', async () => {
    const guard = await rig.start();
    await guard.invoke(run({ mode: 'dry-run' }), ONE_SAMPLE);
    expect(await alive()).toBe(12);
    expect(rig.values('orders', 'SessionsTerminated')).toEqual([]);
    expect(rig.aws.messages[0]?.bodies['email']).toMatch(/Of 12 stale sessions: 7 would have been\s+ended/);
  });

  it('keeps to its limit for the hour, and says so once, when the same event comes to two processes at once, and after', async () => {
    const [one, two] = [await rig.start(), await rig.start()];
    const event = run({ mode: 'terminate', maxPerHour: 3 });
    await Promise.all([one.invoke(event, ONE_SAMPLE), two.invoke(event, ONE_SAMPLE)]);
    const told = () =>
      rig.aws.messages.map(({ subject }) => subject).filter((subject) => subject?.startsWith('RECLAIM'));
    const once = ['RECLAIM orders: ended 3 of the 3 sessions that it may in an hour'];
    expect(told()).toEqual(once);
    await two.invoke(event, ONE_SAMPLE);
    await one.invoke(event, ONE_SAMPLE);
    expect(await alive()).toBe(9);
    expect(told()).toEqual(once);
  });

  it('of two processes at once acts in one only', async () => {
    const [one, two] = [await rig.start(), await rig.start()];
    const event = run({ mode: 'terminate' });
    await Promise.all([one.invoke(event, ONE_SAMPLE), two.invoke(event, ONE_SAMPLE)]);
    const acted = [one, two].filter(({ logs }) => logs.some((line) => line['event'] === 'reclaim.begin'));
    expect(acted).toHaveLength(1);
    // The session of the other process is in use, too.
    expect([4, 5]).toContain(await alive());
  });

  it('in two processes at once learns each outcome once', async () => {
    const [one, two] = [await rig.start(), await rig.start()];
    const event = {
      databases: [
        {
          ...rig.entry('orders', server, monitor),
          thresholds: { warning: 1, critical: 29 },
          sampleEvery: 1,
          sampleEveryUnderPressure: 1,
          reclaim: { mode: 'dry-run' as const },
        },
      ],
    };
    const running = Promise.all([one.invoke(event, 26_000), two.invoke(event, 26_000)]);
    const looked = () => [one, two].every(({ logs }) => logs.some((line) => line['event'] === 'check.done'));
    await expect.poll(looked, { timeout: 10_000 }).toBe(true);
    const fresh = await holdSessions(server, app, 3, 'fresh');
    const silent = () =>
      server.query(
        `SELECT 1 FROM pg_stat_activity WHERE application_name = 'fresh' AND clock_timestamp() - state_change > '8 s'`,
      );
    await expect.poll(silent, { timeout: 12_000 }).toHaveLength(3);
    await fresh.end();
    await running;
    const scores = Object.entries((await rig.memory('orders'))?.learned.scores ?? {});
    const tried = scores.flatMap(([scope, rules]) =>
      scope.includes('.') ? [] : [rules['once>5']?.[0] ?? 0],
    );
    expect(tried.map(Math.round)).toEqual([3]);
  });

  it.each(['stall', 'throttle'] as const)(
    'gives slots back all the same when DynamoDB answers with %s and never otherwise',
    async (kind) => {
      rig.aws.fail({ kind, service: 'dynamodb' });
      const guard = await rig.start();
      await expect(guard.invoke(run({ mode: 'terminate' }), ONE_SAMPLE)).rejects.toThrow('own work');
      expect(await alive()).toBe(5);
    },
  );

  it('costs neither the sample nor the alert when its role may not signal, and the message has the GRANT', async () => {
    await server.query(`REVOKE pg_signal_backend FROM guard`);
    try {
      const guard = await rig.start();
      expect(await guard.invoke(run({ mode: 'terminate' }), ONE_SAMPLE)).toMatchObject({
        databases: [{ level: 'critical', lastObservation: 'sample', alertsSent: 2, terminated: 0 }],
      });
      const emails = rig.aws.messages.map(({ bodies }) => bodies['email'] ?? '');
      expect(emails.filter((email) => email.includes('GRANT pg_signal_backend TO "guard";'))).toHaveLength(1);
      expect(await alive()).toBe(12);
    } finally {
      await server.query(`GRANT pg_signal_backend TO guard`);
    }
  });
});
