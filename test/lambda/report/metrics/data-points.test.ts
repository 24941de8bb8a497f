import type { MetricDatum } from '@aws-sdk/client-cloudwatch';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { METRIC_NAMESPACE } from '../../../../lambda/config/metrics.ts';
import type {
  Failure,
  Observation,
  PartialView,
  Refusal,
  Sample,
  SessionGroup,
} from '../../../../lambda/model/observation.ts';
import { FAILURE_CLASSES, LIMITS } from '../../../../lambda/model/observation.ts';
import { SESSION_STATES } from '../../../../lambda/model/sampled-session.ts';
import { METRICS, metricData, type RunOfDatabase } from '../../../../lambda/report/metrics/data-points.ts';
import { publishMetrics } from '../../../../lambda/report/metrics/publish.ts';
import { useAws } from '../../../support/aws.ts';

const AT = Date.now();
const capacity = {
  maxConnections: 200,
  superuserReserved: 3,
  reserved: 0,
  rdsSuperuserReserved: 2,
  rdsReserved: 0,
};
const server = { versionNum: 170010, isReplica: false, startedAt: 'x', canSignal: false, role: 'guard' };
const common = { at: AT, took: 40 };

function group(state: SessionGroup['state'], count: number, oldestTransactionAge: number | null = null) {
  const names = { database: 'app', role: 'app', application: '', client: null };
  return {
    ...names,
    state,
    count,
    oldestStateAge: 1,
    oldestTransactionAge,
    returning: 0,
    usedOnce: 0,
    waiting: 0,
    opened: 0,
  };
}

function sample(change: Partial<Sample> = {}): Sample {
  const groups = [
    group('active', 4, 0.5),
    group('fastpath function call', 1),
    group('idle', 80),
    group('idle in transaction', 6, 12.3456),
    group('idle in transaction (aborted)', 2, 3),
    group('starting', 4),
  ];
  return {
    kind: 'sample',
    ...common,
    capacity,
    server,
    used: 97,
    groups,
    limits: [],
    sessions: null,
    ...change,
  };
}
const refusal: Refusal = { kind: 'refused', ...common, limit: 'all-slots', attempts: 7, text: 'sorry' };
const partial: PartialView = { kind: 'partial', ...common, capacity, server };
const failure: Failure = { kind: 'failed', ...common, class: 'timeout', code: null, text: 'late' };

/** Metric to its values and counts. */
function byName(data: readonly MetricDatum[]): Record<string, [number, number][]> {
  return Object.fromEntries(
    data.map(({ MetricName = '', Values = [], Counts = [] }): [string, [number, number][]] => [
      MetricName,
      Values.map((value, index) => [value, Counts[index] ?? 0]),
    ]),
  );
}

const ORDERS = { name: 'orders', budgets: [] };

const dataOf = (observations: readonly Observation[], terminated = 0) =>
  byName(metricData({ database: ORDERS, observations, terminated }));

describe('the data points of a run', () => {
  it('tell the sessions beyond their budgets, where budgets are set', () => {
    const database = { name: 'orders', budgets: [{ name: 'api', role: 'app', sessions: 30 }] };
    const data = metricData({ database, observations: [sample(), refusal], terminated: 0 });
    expect(byName(data)).toMatchObject({ SessionsOverBudget: [[67, 1]] });
  });

  it('are one for each metric that is not a count of zero, each with its unit and the database', () => {
    const data = metricData({ database: ORDERS, observations: [sample()], terminated: 3 });
    expect(byName(data)).toEqual({
      ConnectionsUsed: [[97, 1]],
      ConnectionsUsable: [[195, 1]],
      ConnectionUtilization: [[49.74, 1]],
      SessionsActive: [[5, 1]],
      SessionsIdle: [[80, 1]],
      SessionsIdleInTransaction: [[8, 1]],
      OldestTransactionAge: [[12.35, 1]],
      SessionsTerminated: [[3, 1]],
      CheckSucceeded: [[1, 1]],
    });
    expect(data.map(({ MetricName }) => MetricName)).toEqual(
      Object.keys(METRICS).filter((name) => name !== 'SessionsOverBudget' && name !== 'ConnectionsRefused'),
    );
    for (const { Dimensions, MetricName, Unit } of data) {
      expect(Dimensions).toEqual([{ Name: 'Database', Value: 'orders' }]);
      const units = new Map([
        ['ConnectionUtilization', 'Percent'],
        ['OldestTransactionAge', 'Seconds'],
      ]);
      expect(Unit).toBe(units.get(MetricName ?? '') ?? 'Count');
    }
  });

  it('hold the values of all samples in one datum a metric, at the time when the run began to sample', () => {
    const samples = [
      sample({ used: 90 }),
      sample({ used: 95, at: AT + 5000 }),
      sample({ used: 90, at: AT + 10_000 }),
    ];
    const data = metricData({ database: ORDERS, observations: samples, terminated: 0 });
    expect(data).toHaveLength(8);
    expect(byName(data)).toMatchObject({
      ConnectionsUsed: [
        [90, 2],
        [95, 1],
      ],
    });
    expect(new Set(data.map(({ Timestamp }) => Timestamp?.getTime()))).toEqual(new Set([AT - 40]));
  });

  it('of a refusal are the refusal and a check that succeeded, and no gauge', () => {
    expect(dataOf([refusal, refusal, sample({ used: 195 })])).toMatchObject({
      ConnectionsUsed: [[195, 1]],
      ConnectionsRefused: [
        [1, 2],
        [0, 1],
      ],
      CheckSucceeded: [[1, 3]],
    });
    expect(Object.keys(dataOf([refusal]))).toEqual(['ConnectionsRefused', 'CheckSucceeded']);
  });

  it('are three while all is well when only the essential metrics are wanted', () => {
    const run = { database: ORDERS, observations: [sample(), failure], terminated: 0 };
    const data = metricData({ ...run, metrics: 'essential' });
    expect(data.map(({ MetricName }) => MetricName)).toEqual([
      'ConnectionsUsed',
      'ConnectionUtilization',
      'CheckSucceeded',
    ]);
    expect(
      Object.keys(
        byName(metricData({ ...run, observations: [refusal], terminated: 2, metrics: 'essential' })),
      ),
    ).toEqual(['SessionsTerminated', 'ConnectionsRefused', 'CheckSucceeded']);
  });

  it('of a failed sample say only that it failed', () => {
    expect(dataOf([failure])).toEqual({ CheckSucceeded: [[0, 1]] });
    expect(dataOf([])).toEqual({ CheckSucceeded: [[0, 1]] });
  });

  it('of a partial view have the capacity, which was seen, and no count of sessions', () => {
    expect(dataOf([partial])).toEqual({
      ConnectionsUsable: [[195, 1]],
      CheckSucceeded: [[0, 1]],
    });
  });

  it('have no utilisation when nothing is usable, and age 0 when no session is in a transaction', () => {
    const none = { ...capacity, superuserReserved: 200 };
    const data = dataOf([sample({ capacity: none, used: 1, groups: [group('idle', 1)] })]);
    expect(data['ConnectionUtilization']).toBeUndefined();
    expect(data).toMatchObject({ ConnectionsUsable: [[0, 1]], OldestTransactionAge: [[0, 1]] });
  });
});

describe('whatever the names and numbers', () => {
  const aws = useAws();
  const slots = fc.nat(2 ** 31 - 1);
  const number = fc.oneof(slots, fc.double());
  const text = fc.string({ unit: 'binary', maxLength: 200 });
  const anyGroup: fc.Arbitrary<SessionGroup> = fc.record({
    database: fc.option(text),
    role: fc.option(text),
    application: text,
    client: fc.option(text),
    state: fc.constantFrom(...SESSION_STATES),
    count: number,
    oldestStateAge: fc.option(number),
    oldestTransactionAge: fc.option(number),
    returning: number,
    usedOnce: number,
    waiting: number,
    opened: number,
  });
  const anyCapacity = fc.record({
    maxConnections: number,
    superuserReserved: slots,
    reserved: slots,
    rdsSuperuserReserved: slots,
    rdsReserved: slots,
  });
  const anyObservation: fc.Arbitrary<Observation> = fc.oneof(
    fc.record({
      kind: fc.constant('sample' as const),
      at: fc.constant(AT),
      took: fc.nat(60_000),
      capacity: anyCapacity,
      server: fc.constant(server),
      used: number,
      groups: fc.array(anyGroup, { maxLength: 5 }),
      limits: fc.constant([]),
      sessions: fc.constant(null),
    }),
    fc.constantFrom(partial),
    fc.constantFrom(...LIMITS).map((limit): Refusal => ({ ...refusal, limit })),
    fc.constantFrom(...FAILURE_CLASSES).map((failed): Failure => ({ ...failure, class: failed })),
  );
  const anyRun = fc.record({
    database: fc.record({
      name: fc.stringMatching(/^[A-Za-z0-9](?:[A-Za-z0-9 ._/-]{0,98}[A-Za-z0-9])?$/),
      budgets: fc.constant<RunOfDatabase['database']['budgets']>([]),
    }),
    observations: fc.array(anyObservation, { maxLength: 6 }),
    terminated: slots,
  });

  it('CloudWatch takes what is built, and sees each sample counted once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyRun, { minLength: 1, maxLength: 4 }), async (runs) => {
        const before = aws.endpoint.metricData.length;
        await publishMetrics(
          aws.clients.cloudwatch,
          METRIC_NAMESPACE,
          runs.flatMap(metricData),
          AbortSignal.timeout(10_000),
        );
        const records = aws.endpoint.metricData.slice(before);
        const checks = records.filter(({ metric }) => metric === 'CheckSucceeded');
        expect(checks).toHaveLength(runs.length);
        expect(checks.map(({ counts }) => counts.reduce((sum, count) => sum + count, 0))).toEqual(
          runs.map(({ observations }) => Math.max(1, observations.length)),
        );
        expect(records.slice(-runs.length)).toEqual(checks);
        expect(new Set(records.map(({ namespace }) => namespace))).toEqual(new Set([METRIC_NAMESPACE]));
      }),
      { numRuns: 200 },
    );
  });

  it('the values of a run that samples once a second fit into one datum', async () => {
    const observations = Array.from({ length: 60 }, (_, index) => sample({ used: index }));
    const data = metricData({ database: ORDERS, observations, terminated: 0 });
    await publishMetrics(aws.clients.cloudwatch, METRIC_NAMESPACE, data, AbortSignal.timeout(10_000));
    const used = aws.endpoint.metricData.filter(({ metric }) => metric === 'ConnectionsUsed');
    expect(used.map(({ values }) => values.length)).toEqual([60]);
  });
});
