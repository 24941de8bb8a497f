import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { LambdaEnvironment } from '../../local/function/environment.ts';
import { createMonitor, createRole, type Login } from '../../local/postgres/roles.ts';
import { type PostgresServer, startPostgres } from '../../local/postgres/server.ts';
import { CRITICAL_TOPIC, type GuardRig, ONE_SAMPLE, startGuardRig, WARNING_TOPIC } from '../support/guard.ts';
import { type HeldSessions, holdSessions } from '../support/sessions.ts';
import { startSilentServer } from '../support/silent-server.ts';

// 20 slots, 3 of them the superuser's: 17 usable. The thresholds of the entries below: warning 8, critical 12.
const thresholds = { warning: 8, critical: 12 };

let server: PostgresServer;
let app: Login;
let monitor: Login;
let rig: GuardRig;
let guard: LambdaEnvironment;
let held: HeldSessions[] = [];

beforeAll(async () => {
  server = await startPostgres({ maxConnections: 20 });
  app = await createRole(server);
  monitor = await createMonitor(server);
});
afterAll(() => server.stop());
beforeEach(async () => {
  rig = await startGuardRig();
  guard = await rig.start();
});
afterEach(async () => {
  await Promise.all(held.map((sessions) => sessions.end()));
  held = [];
  await rig[Symbol.asyncDispose]();
  // The next test counts from zero: a session is gone only when the server has taken note.
  await expect
    .poll(() => server.query(`SELECT 1 FROM pg_stat_activity WHERE backend_type = 'client backend'`))
    .toHaveLength(0);
});

async function hold(count: number, application?: string) {
  const sessions = await holdSessions(server, app, count, application);
  held.push(sessions);
  return sessions;
}
const orders = () => ({ ...rig.entry('orders', server, monitor), thresholds });
const run = (database = orders(), environment = guard) =>
  environment.invoke({ databases: [database] }, ONE_SAMPLE);
const guardSessions = () =>
  server.query<{ pid: number; startedAt: string }>(
    `SELECT pid, backend_start::text AS "startedAt" FROM pg_stat_activity WHERE usename = 'guard'`,
  );
const subjects = () => rig.aws.messages.map(({ subject }) => subject ?? '');

describe('a run over a healthy database', () => {
  it('publishes a metric for each thing measured, CheckSucceeded last, and sends no message', async () => {
    await hold(4);
    expect(await run()).toEqual({
      databases: [
        { name: 'orders', level: 'ok', lastObservation: 'sample', samples: 1, alertsSent: 0, terminated: 0 },
      ],
    });
    expect(rig.aws.metricData.map(({ metric }) => metric)).toEqual([
      'ConnectionsUsed',
      'ConnectionsUsable',
      'ConnectionUtilization',
      'SessionsActive',
      'SessionsIdle',
      'SessionsIdleInTransaction',
      'OldestTransactionAge',
      'CheckSucceeded',
    ]);
    expect(rig.values('orders', 'ConnectionsUsed')).toEqual([4]);
    expect(rig.values('orders', 'ConnectionsUsable')).toEqual([17]);
    expect(rig.values('orders', 'CheckSucceeded')).toEqual([1]);
    expect(rig.aws.messages).toEqual([]);
  });

  it('needs one PutMetricData for all databases, and puts the samples of a run in one datum', async () => {
    await hold(2);
    const databases = ['a', 'b', 'c'].map((name) => ({
      ...rig.entry(name, server, monitor),
      thresholds,
      sampleEvery: 1,
      sampleEveryUnderPressure: 1,
    }));
    await guard.invoke({ databases }, 11_500);
    expect(rig.aws.calls.filter(({ action }) => action === 'PutMetricData')).toHaveLength(1);
    const succeeded = rig.aws.metricData.filter(({ metric }) => metric === 'CheckSucceeded');
    expect(succeeded.map(({ counts }) => counts?.length)).toEqual([1, 1, 1]);
    for (const { counts } of succeeded) expect(counts?.[0]).toBeGreaterThanOrEqual(2);
  });

  it('leaves its session to the next run, which takes it up', async () => {
    await run();
    const [first] = await guardSessions();
    await run();
    expect(await guardSessions()).toEqual([first]);
  });

  it('logs in again when the session it left is dead', async () => {
    await run();
    const [first] = await guardSessions();
    await server.query(`SELECT pg_terminate_backend(${first?.pid})`);
    expect(await run()).toMatchObject({ databases: [{ lastObservation: 'sample' }] });
    const second = await guardSessions();
    expect(second).toHaveLength(1);
    expect(second).not.toEqual([first]);
  });

  it('takes a restart of the server between two runs for no failure and no news', async () => {
    await run();
    await server.restart();
    expect(await run()).toMatchObject({ databases: [{ level: 'ok', lastObservation: 'sample' }] });
    expect(await guardSessions()).toHaveLength(1);
    expect(rig.aws.messages).toEqual([]);
  });

  it('logs one line for the check and one for the holders, and never the password or a query', async () => {
    const { clients } = await hold(1);
    await clients[0]?.query(`SELECT 'query text that is nobody’s business'`);
    await run();
    expect(guard.logs.map(({ event }) => event)).toEqual(['check.done', 'check.holders']);
    expect(guard.logs[0]).toMatchObject({
      database: 'orders',
      level: 'INFO',
      held: 'ok',
      used: 1,
      usable: 17,
    });
    const everything = JSON.stringify(guard.logs) + guard.noise.join();
    expect(everything).not.toContain(monitor.password);
    expect(everything).not.toContain('nobody’s business');
    expect(guard.noise).toEqual([]);
  });
});

describe('a server that runs out of slots', () => {
  it('is reported once at each level, on the topic of the level', async () => {
    await hold(8);
    await run();
    await run();
    await hold(4);
    await run();
    await run();
    expect(rig.aws.messages.map(({ topicArn, attributes }) => [topicArn, attributes['level']])).toEqual([
      [WARNING_TOPIC, 'warning'],
      [CRITICAL_TOPIC, 'critical'],
    ]);
    expect(subjects()[1]).toMatch(/^CRITICAL orders: 12 of 17/);
    expect(rig.aws.messages[1]?.bodies['email']).toMatch(/12 of 17/);
  });

  it('is reported at the sample that crosses the threshold, not at the end of the run', async () => {
    const running = guard.invoke(
      { databases: [{ ...orders(), sampleEvery: 1, sampleEveryUnderPressure: 1 }] },
      16_000,
    );
    await hold(12);
    await running;
    const told = rig.aws.messages[0]?.at ?? Number.POSITIVE_INFINITY;
    const published = rig.aws.metricData[0]?.at ?? 0;
    expect(published - told).toBeGreaterThan(1000);
  });

  it('is level full when it refuses the guard itself, after the guard has tried for its whole deadline', async () => {
    await hold(17);
    const summary = await run({ ...orders(), checkTimeout: 3 });
    expect(summary).toMatchObject({ databases: [{ level: 'full', lastObservation: 'refused' }] });
    expect(rig.values('orders', 'ConnectionsRefused')).toEqual([1]);
    expect(rig.values('orders', 'ConnectionsUsed')).toEqual([]);
    expect(subjects()[0]).toMatch(/^FULL orders: /);
  });

  it('is reported as recovered, on the topic that had the alarm, after the samples stayed clear', async () => {
    const database = { ...orders(), alerts: { clearAfter: 0 } };
    const sessions = await hold(12);
    await run(database);
    await sessions.end();
    held = [];
    await expect.poll(() => run(database)).toMatchObject({ databases: [{ level: 'ok' }] });
    expect(rig.aws.messages.map(({ topicArn }) => topicArn)).toEqual([CRITICAL_TOPIC, CRITICAL_TOPIC]);
    expect(subjects()[1]).toMatch(/^RECOVERED orders: ok again/);
  });
});

describe('databases of one run', () => {
  it('are isolated: one that hangs, one with a wrong password and one that is nowhere cost the others nothing', async () => {
    await using silent = await startSilentServer();
    await hold(8);
    const summary = await guard.invoke(
      {
        databases: [
          { ...rig.entry('silent', silent, monitor), checkTimeout: 2 },
          rig.entry('wrong', server, { ...monitor, password: 'not it' }),
          { ...rig.entry('nowhere', server, monitor), host: 'nowhere.invalid' },
          orders(),
        ],
      },
      12_000,
    );
    expect(summary).toMatchObject({
      databases: [
        { name: 'silent', lastObservation: 'failed' },
        { name: 'wrong', lastObservation: 'failed' },
        { name: 'nowhere', lastObservation: 'failed' },
        { name: 'orders', level: 'warning', lastObservation: 'sample', alertsSent: 1 },
      ],
    });
    const succeeded = ['silent', 'wrong', 'nowhere', 'orders'].map((name) =>
      rig.values(name, 'CheckSucceeded'),
    );
    expect(succeeded).toEqual([[0], [0], [0], [1]]);
    const classes = guard.logs.filter(({ kind }) => kind === 'failed').map((line) => line['class']);
    expect(new Set(classes)).toEqual(new Set(['credentials', 'dns', 'timeout']));
  });
});

describe('an event with mistakes', () => {
  it('is refused whole, with every mistake', async () => {
    const failure = guard.invoke({ databases: [{ name: 'x', host: '', login: {} }], more: 1 }, ONE_SAMPLE);
    await expect(failure).rejects.toMatchObject({ errorType: 'ConfigurationError' });
    await expect(failure).rejects.toThrow(/databases\[0\]\.host.*\n.*databases\[0\]\.login/s);
  });
});

describe('hostile names', () => {
  it('reach no reader as they are: application_name with markup, escapes, bidi and line breaks', async () => {
    await hold(8, '<!channel> \u001b[31m\u202e`x`\n*y*');
    await run();
    const [message] = rig.aws.messages;
    const everything = JSON.stringify([message, guard.logs]);
    expect(everything).not.toContain('\\u001b');
    expect(everything).not.toContain('\u202e');
    expect(message?.bodies['https']).not.toContain('<!channel>');
  });
});
