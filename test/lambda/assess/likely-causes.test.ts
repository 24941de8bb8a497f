import { describe, expect, test } from 'vitest';
import { likelyCauses } from '../../../lambda/assess/causes/likely-causes.ts';
import { snapshotOf } from '../../../lambda/assess/recent-samples.ts';
import type { SessionGroup } from '../../../lambda/model/observation.ts';
import type { Snapshot } from '../../../lambda/model/snapshot.ts';
import { group, START, sample } from '../report/situations.ts';

const causes = (groups: SessionGroup[], fields: object = {}) => {
  const used = groups.reduce((sum, { count }) => sum + count, 0);
  return likelyCauses(sample(START, used, { groups, ...fields }));
};

/** So many clients with so many sessions each. */
const clients = (count: number, each: number, fields: Partial<SessionGroup> = {}) =>
  Array.from({ length: count }, (_, n) => group(each, { client: `10.0.${n}.1`, ...fields }));

describe('the likely cause', () => {
  test.each<[string, SessionGroup[], RegExp, RegExp]>([
    [
      'sessions that no client closed',
      [group(98, { application: '', oldestStateAge: 118 }), group(2, { application: '', state: 'active' })],
      /Kept open after the request/,
      /^98 of 100 sessions of role "orders_app" idle for up to 118 s$/,
    ],
    [
      'sessions that a named program left behind',
      [group(80, { application: 'gunicorn', usedOnce: 60 }), group(20, { application: 'other' })],
      /Kept open after the request/,
      /^80 of 80 sessions of "gunicorn" \(role "orders_app"\) idle for up to 4 min, 60 of them used once$/,
    ],
    [
      'open streams',
      [group(90, { application: '', returning: 60 }), group(10, { application: '', state: 'active' })],
      /Open streams/,
      /^60 sessions of role "orders_app" came back within 5 s, with 10 at work$/,
    ],
    [
      'a fixed JDBC pool',
      clients(4, 10, { application: 'PostgreSQL JDBC Driver' }),
      /JDBC pool/,
      /^40 of 40 sessions of "PostgreSQL JDBC Driver" are idle, from 4 clients$/,
    ],
    [
      'open transactions',
      [
        group(20, { state: 'idle in transaction', oldestTransactionAge: 600 }),
        group(20, { state: 'active' }),
      ],
      /Transactions left open/,
      /^20 sessions idle in transaction, most of role "orders_app", the oldest open for 10 min$/,
    ],
    ['frozen containers', clients(40, 1), /short-lived clients/, /^40 clients hold one or two idle sessions/],
    [
      'pool times replicas',
      clients(8, 10, { state: 'active' }),
      /replica/,
      /^8 clients .* hold 10 sessions each, 80/,
    ],
    [
      'one client',
      [group(70, { state: 'active' }), ...clients(3, 10)],
      /One client opens/,
      /^10\.0\.3\.17 holds 70 of 100 sessions; there are 4 clients$/,
    ],
    [
      'a rollout',
      [
        ...clients(4, 10),
        ...Array.from({ length: 4 }, (_, n) => group(9, { client: `10.1.${n}.1`, opened: 9 })),
      ],
      /A rollout/,
      /^4 clients of role "orders_app" opened 36 sessions within 2 min, 4 older clients hold 40$/,
    ],
    [
      'a lock storm',
      [group(80, { state: 'active', waiting: 60 }), group(20)],
      /wait for each other/,
      /^60 of 100 sessions wait for locks$/,
    ],
    ['load', [group(90, { state: 'active' }), group(10)], /not a leak/, /^90 of 100 sessions are active$/],
    [
      'a storm of logins',
      [group(40, { state: 'starting' }), group(60)],
      /storm of logins/,
      /^40 of 100 sessions/,
    ],
    [
      'forgotten sessions of people',
      [group(12, { application: 'psql', oldestStateAge: 7200 })],
      /Forgotten sessions/,
      /^12 sessions of tools such as psql or DBeaver, idle for up to 2 h$/,
    ],
  ])('%s is told with its evidence', (_, groups, cause, evidence) => {
    const found = causes(groups).find((hint) => cause.test(hint.cause));
    expect(found?.evidence).toMatch(evidence);
  });

  test('a role at its own limit is told', () => {
    const limits = [{ kind: 'role', name: 'bi', limit: 10, used: 10 }];
    const [hint] = causes([group(10, { role: 'bi' })], { limits });
    expect(hint).toMatchObject({ evidence: '10 of 10 sessions allowed to it' });
  });

  test('is a restart or failover for five minutes after the start of a server that was seen before', () => {
    const after = (seconds: number, before: Snapshot | null, used = 100) => {
      const startedAt = new Date(START - seconds * 1000).toISOString().replace('T', ' ').replace('Z', '+00');
      const now = sample(START, used);
      return snapshotOf({ ...now, server: { ...now.server, startedAt } }, undefined, before);
    };
    const before = snapshotOf(sample(START - 30_000, 100));
    expect(after(200, before).causes[0]).toMatchObject({
      id: 'failover',
      evidence: 'the server started 3 min ago, and all 100 sessions since',
    });
    // It stays one when the first sample saw hardly a session.
    expect(after(200, after(200, before, 3)).causes[0]?.id).toBe('failover');
    for (const other of [
      after(200, null),
      after(301, snapshotOf(sample(START - 400_000, 100))),
      after(-1, before),
      after(200, after(200, null)),
    ])
      expect(other.causes.map(({ id }) => id)).not.toContain('failover');
  });

  test('is a failover without a restart when another primary answers, for five minutes, and none among replicas', () => {
    const server = (at: number, startedAt: string, isReplica: boolean, before: Snapshot | null) => {
      const now = sample(at, 100);
      return snapshotOf({ ...now, server: { ...now.server, startedAt, isReplica } }, undefined, before);
    };
    const [old, older] = ['2026-11-01 10:00:00+00', '2026-10-01 10:00:00+00'];
    const evidence = (at: number, startedAt: string, isReplica: boolean, before: Snapshot) =>
      server(at, startedAt, isReplica, before).causes.find(({ id }) => id === 'failover')?.evidence;
    const primary = server(START, old, false, null);
    const replica = server(START, old, true, null);
    const seconds = (count: number) => START + count * 1000;
    // The endpoint leads to another server, and a replica was promoted.
    const moved = server(seconds(5), older, false, primary);
    expect(evidence(seconds(25), older, false, moved)).toMatch(/another primary .* first seen 20 s ago$/);
    expect(evidence(seconds(5), old, false, replica)).toMatch(/first seen 0 s ago$/);
    expect(evidence(seconds(305), older, false, moved)).toBeUndefined();
    // A reader endpoint leads to one and the other; a restart seen late is none.
    expect(evidence(seconds(5), older, true, replica)).toBeUndefined();
    const late = new Date(seconds(5)).toISOString();
    expect(evidence(seconds(600), late, false, primary)).toBeUndefined();
  });

  test('is not guessed from few sessions, or from a healthy mix', () => {
    expect(causes([group(9, { application: '' })])).toEqual([]);
    expect(causes([group(60), group(40, { state: 'active', role: 'api' })])).toEqual([]);
    expect(
      causes([
        group(30),
        ...clients(3, 7, { role: 'api' }),
        group(20, { state: 'active', client: '10.9.9.9' }),
      ]),
    ).toEqual([]);
  });

  test('is no rollout where clients go on opening and closing sessions, or where only new ones are', () => {
    const turnover = Array.from({ length: 6 }, (_, n) => group(10, { client: `10.1.${n}.1`, opened: 5 }));
    const fresh = clients(6, 10, { opened: 10 });
    for (const groups of [turnover, fresh])
      expect(causes(groups).map(({ id }) => id)).not.toContain('rollout');
  });

  test('is the head blocker first, and then not also a lock storm or load', () => {
    const headBlocker = {
      pid: 4711,
      backendStart: '2026-11-23T19:00:00.000001Z',
      role: 'reports',
      application: '',
      state: 'idle in transaction',
      since: 360,
      blocks: 80,
    };
    const found = causes([group(85, { state: 'active', waiting: 80 }), group(15)], { headBlocker });
    expect(found).toMatchObject([
      { evidence: 'pid 4711 of "reports", idle in transaction for 6 min, blocks 80 sessions' },
    ]);
  });

  test('of a pooler is never open streams, a leak or frozen clients: it keeps its sessions on purpose', () => {
    for (const application of ['pgbouncer', 'RDS Proxy', 'psql'])
      expect(causes([group(90, { application, returning: 60, usedOnce: 30 }), group(9)])).toEqual([]);
    // Whose remedy would be a timeout for its role.
    expect(causes(clients(40, 1, { application: 'pgbouncer' }))).toEqual([]);
  });

  test('of a named program is a leak only by what was used once', () => {
    for (const application of [
      'gunicorn',
      'uvicorn',
      'celery',
      'puma',
      'sidekiq',
      'node',
      'Prisma',
      'my-jdbc',
    ]) {
      const told = (usedOnce: number) =>
        causes([group(60, { application, usedOnce }), group(40, { state: 'active', role: 'api' })]);
      expect(told(50).map(({ id }) => id)).toEqual(['kept-after-request']);
      expect(told(0)).toEqual([]);
    }
  });

  test('is two causes at most, that with the most sessions first', () => {
    const found = causes([
      group(60, { application: '' }),
      group(30, { state: 'starting' }),
      group(40, { state: 'idle in transaction' }),
    ]);
    expect(found.map(({ cause }) => cause.slice(0, 11))).toEqual(['Kept open a', 'Transaction']);
  });
});
