import type { MetricDatum, StandardUnit } from '@aws-sdk/client-cloudwatch';
import type { Database } from '../../config/database.ts';
import type { MetricSet } from '../../config/metrics.ts';
import { budgetUses, sessionsOverBudget } from '../../model/budget-use.ts';
import { type Observation, type Sample, usableSlots } from '../../model/observation.ts';
import type { SessionState } from '../../model/sampled-session.ts';

/** The one dimension: the database's name in the configuration. */
export const METRIC_DIMENSION = 'Database';

/**
 * The metrics of one database. Each is billed by the month, so there are no more than these.
 *
 * Gauges, one value for each sample that saw them: `ConnectionsUsed`, `ConnectionsUsable`, `ConnectionUtilization`,
 * `SessionsActive`, `SessionsIdle`, `SessionsIdleInTransaction` (aborted ones too), `OldestTransactionAge` (0 when no
 * session is in a transaction).
 * - `SessionsTerminated`: sessions that the run signalled to end, one value for the run. Sum it.
 * - `ConnectionsRefused`: for each sample 1 if the server refused our login for want of a slot, however often it was tried,
 *   0 if it let us in; omitted if we do not know. The sum is the number of refused samples.
 * - `SessionsOverBudget`: sessions beyond their budgets, all applications together; only where budgets are set.
 * - `CheckSucceeded`: for each sample 1 if it told how full the server is, 0 if not. A refusal tells that: the server
 *   is full, and that must not be taken for a broken guard.
 */
export const METRICS = {
  ConnectionsUsed: 'Count',
  ConnectionsUsable: 'Count',
  ConnectionUtilization: 'Percent',
  SessionsActive: 'Count',
  SessionsIdle: 'Count',
  SessionsIdleInTransaction: 'Count',
  OldestTransactionAge: 'Seconds',
  SessionsTerminated: 'Count',
  ConnectionsRefused: 'Count',
  SessionsOverBudget: 'Count',
  CheckSucceeded: 'Count',
} as const satisfies Record<string, StandardUnit>;

/** The name of one of {@link METRICS}. */
export type MetricName = keyof typeof METRICS;

/** The metrics that alarms and the question "how full?" need; every other is omitted from the set `essential`. */
export const ESSENTIAL_METRICS: readonly MetricName[] = [
  'ConnectionsUsed',
  'ConnectionUtilization',
  'SessionsTerminated',
  'ConnectionsRefused',
  'SessionsOverBudget',
  'CheckSucceeded',
];

/** Events that are rare and counted by their sum: zero says no more than no data, and would be billed. */
const OMITTED_WHEN_ZERO: readonly MetricName[] = ['SessionsTerminated', 'ConnectionsRefused'];

/** What one run saw of one database, and did there. */
export interface RunOfDatabase {
  readonly database: Pick<Database, 'name' | 'budgets'>;
  /** Every observation of the run, oldest first. */
  readonly observations: readonly Observation[];
  /** Sessions that were signalled to end. */
  readonly terminated: number;
  /** @default 'all' */
  readonly metrics?: MetricSet;
}

/** CloudWatch takes numbers up to this size (API reference, MetricDatum). */
const GREATEST = 2 ** 360;

/**
 * The data points of one run of one database: one datum a metric, with the values of all samples and how often each
 * occurred. CloudWatch takes 150 different values in one; a run lasts a minute and samples once a second at most. A
 * metric that could not be measured is omitted, never reported as zero; `SessionsTerminated` and `ConnectionsRefused` are omitted when they are
 * zero. `CheckSucceeded` is always there, and 0 when there was no sample at all.
 *
 * All carry the time at which the run began to sample. Runs begin once a minute but last for anything up to one, so the
 * time of their last sample would put two runs into one minute and none into the next, just when the guard begins to
 * sample more often.
 */
export function metricData(run: RunOfDatabase): MetricDatum[] {
  const { database, observations, terminated, metrics = 'all' } = run;
  const measured = observations.map((observation) => measure(observation, database.budgets));
  const [first] = observations;
  const checked = measured.length > 0 ? measured : [{ CheckSucceeded: 0 }];
  const measurements: readonly Measurements[] = [...checked, { SessionsTerminated: terminated }];
  return metricNames(metrics).flatMap((metric) => {
    const counts = countValues(measurements, metric);
    if (counts.size === 0) return [];
    return {
      MetricName: metric,
      Dimensions: [{ Name: METRIC_DIMENSION, Value: database.name }],
      Unit: METRICS[metric],
      Values: [...counts.keys()],
      Counts: [...counts.values()],
      ...(first && { Timestamp: new Date(first.at - first.took) }),
    };
  });
}

/** What one observation measured; what it did not is omitted. */
type Measurements = Partial<Record<MetricName, number>>;

function measure(observation: Observation, budgets: Database['budgets']): Measurements {
  switch (observation.kind) {
    case 'sample':
      return { ...gaugesOf(observation, budgets), ConnectionsRefused: 0, CheckSucceeded: 1 };
    case 'partial':
      return {
        ConnectionsUsable: usableSlots(observation.capacity),
        ConnectionsRefused: 0,
        CheckSucceeded: 0,
      };
    case 'refused':
      return { ConnectionsRefused: 1, CheckSucceeded: 1 };
    case 'failed':
      return { CheckSucceeded: 0 };
  }
}

function gaugesOf({ capacity, groups, used }: Sample, budgets: Database['budgets']): Measurements {
  const usable = usableSlots(capacity);
  const inStates = (...states: readonly SessionState[]) =>
    groups.reduce((sum, { state, count }) => sum + (states.includes(state) ? count : 0), 0);
  return {
    ConnectionsUsed: used,
    ConnectionsUsable: usable,
    ...(budgets.length > 0 && { SessionsOverBudget: sessionsOverBudget(budgetUses(groups, budgets)) }),
    // Not finite, and so left out, when no slot is usable.
    ConnectionUtilization: (100 * used) / usable,
    SessionsActive: inStates('active', 'fastpath function call'),
    SessionsIdle: inStates('idle'),
    SessionsIdleInTransaction: inStates('idle in transaction', 'idle in transaction (aborted)'),
    OldestTransactionAge: groups.reduce(
      (oldest, group) => Math.max(oldest, group.oldestTransactionAge ?? 0),
      0,
    ),
  };
}

/**
 * How often each value occurred, to two decimals: enough for a share or an age, and equal measurements stay one value. What
 * CloudWatch would refuse is left out: it refuses the whole request for one such number, and with it the data of every
 * other database.
 */
function countValues(measurements: readonly Measurements[], metric: MetricName): Map<number, number> {
  const counts = new Map<number, number>();
  for (const { [metric]: measurement = Number.NaN } of measurements) {
    const value = Math.round(measurement * 100) / 100;
    if (Math.abs(value) <= GREATEST) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  if (OMITTED_WHEN_ZERO.includes(metric) && [...counts.keys()].every((value) => value === 0)) counts.clear();
  return counts;
}

function metricNames(set: MetricSet): readonly MetricName[] {
  if (set === 'essential') return ESSENTIAL_METRICS;
  return Object.keys(METRICS).filter((name): name is MetricName => name in METRICS);
}
