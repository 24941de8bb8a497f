import { MAX_DATABASES_PER_EVENT } from '../../lambda/config/database.ts';
import type { MetricSet } from '../../lambda/config/metrics.ts';
import { metricData } from '../../lambda/report/metrics/data-points.ts';
import { FLEET_METRICS } from '../../lambda/report/metrics/fleet-counts.ts';
import { START, sample } from '../lambda/report/situations.ts';

/** us-east-1 list prices in dollars. */
const PRICE = {
  metric: 0.3,
  alarm: 0.1,
  dashboard: 3,
  putMetricData: 0.01 / 1000,
  gigabyteSecond: 0.0000133334,
  invocation: 0.2 / 1e6,
  read: 0.125 / 1e6,
  write: 0.625 / 1e6,
  logGigabyte: 0.5,
  key: 1,
};

/** Free for ever, by the month and account. */
const FREE = {
  metrics: 10,
  alarms: 10,
  dashboard: 1,
  putMetricData: 1e6,
  gigabyteSeconds: 400_000,
  invocations: 1e6,
};

const MINUTES = 43_800;

/** Seconds that a run lasts, by the seconds between two samples. */
const RUN = { 5: 55, 30: 30, 60: 1 } as const;

/** GB of the function. */
const MEMORY = 0.25;

/** Units of one stored memory, at most; it is stored every five minutes while all is well, and read at each run. */
const ITEM = { read: 1, write: 4, minutes: 5 };

/** One pass of discovery: how often, how long at most when nothing fails, and how often it writes its state. */
const PASS = { minutes: 5, seconds: 5, writes: 2 };

/** What people ask of the actions' function, counted by the thousand: seconds that one request lasts. */
const REQUEST = { many: 1000, seconds: 2 };

/** What the log takes of one database in a month, in GB. */
const LOG = 0.069;

/** Alarms of the function, its dead letters and its two topics. */
const GUARD_ALARMS = 6;

/** Metrics that one calm sample sends. */
const sent = (metrics: MetricSet): number =>
  metricData({
    database: { name: 'x', budgets: [] },
    observations: [sample(START, 50)],
    terminated: 0,
    metrics,
  }).length;

/** What a guard is set to, as far as it is paid for. */
export interface Case {
  readonly databases: number;
  readonly every: keyof typeof RUN;
  readonly metrics: MetricSet;
  readonly alarms: 'each' | 'fleet';
}

/** Dollars a month by item, at list price or with what is free for ever taken off. */
export function costOf({ databases, every, metrics, alarms }: Case, isFree = false): Record<string, number> {
  const free = (amount: number) => (isFree ? amount : 0);
  const paid = (amount: number, spared: number, price: number) => Math.max(0, amount - free(spared)) * price;
  const runs = Math.ceil(databases / MAX_DATABASES_PER_EVENT) * MINUTES;
  const isFleet = alarms === 'fleet';
  const alarmCount = (isFleet ? 3 : 3 * databases) + GUARD_ALARMS;
  const metricCount = sent(metrics) * databases + (isFleet ? FLEET_METRICS.length : 0);
  return {
    Metrics: paid(metricCount, FREE.metrics, PRICE.metric),
    Alarms: paid(alarmCount, FREE.alarms, PRICE.alarm),
    // One with more than 50 metrics is not free.
    Dashboard: paid(1, 2 * databases < 50 ? FREE.dashboard : 0, PRICE.dashboard),
    PutMetricData: paid(runs, FREE.putMetricData, PRICE.putMetricData),
    Lambda:
      paid(runs * RUN[every] * MEMORY, FREE.gigabyteSeconds, PRICE.gigabyteSecond) +
      paid(runs, FREE.invocations, PRICE.invocation),
    DynamoDB: databases * MINUTES * (ITEM.read * PRICE.read + (ITEM.write / ITEM.minutes) * PRICE.write),
    Logs: databases * LOG * PRICE.logGigabyte,
    'KMS key': PRICE.key,
  };
}

/** Dollars of a run of a function beside the guard, which lasts so many seconds. */
const runOf = (seconds: number): number => seconds * MEMORY * PRICE.gigabyteSecond + PRICE.invocation;

/** Dollars a month for what is off by default. */
function costOfOptions(): Record<string, { readonly arithmetic: string; readonly dollars: number }> {
  const passes = MINUTES / PASS.minutes;
  const [alarms, metrics] = [3, FLEET_METRICS.length];
  const run = `s x ${MEMORY} GB x $${PRICE.gigabyteSecond} + $0.0000002`;
  return {
    '`discover`, its function': {
      arithmetic: `${passes.toLocaleString('en')} passes x (${PASS.seconds} ${run}), and ${PASS.writes} writes of ${ITEM.write} units x $0.625 by the million each`,
      dollars: passes * (runOf(PASS.seconds) + PASS.writes * ITEM.write * PRICE.write),
    },
    "`discover` with `alarms: 'each'`, the fleet's alarms": {
      arithmetic: `${alarms} x $${PRICE.alarm.toFixed(2)} + ${metrics} metrics x $${PRICE.metric.toFixed(2)}`,
      dollars: alarms * PRICE.alarm + metrics * PRICE.metric,
    },
    '`actions`, while none is asked': { arithmetic: 'no schedule, no alarm', dollars: 0 },
    [`\`actions\`, each ${REQUEST.many.toLocaleString('en')} requests and refreshes of its widget`]: {
      arithmetic: `${REQUEST.many.toLocaleString('en')} x (${REQUEST.seconds} ${run})`,
      dollars: REQUEST.many * runOf(REQUEST.seconds),
    },
  };
}

/** The tables of docs/cost.md: what the defaults cost item by item, and sums by the time between two samples. */
export function costTables(): string {
  const sizes = [1, 10, 100];
  const every = 5;
  const defaults = sizes.map((databases) => ({ databases, every, metrics: 'all', alarms: 'each' }) as const);
  const items = defaults.map((of) => Object.entries(costOf(of)));
  const byItem = (items[0] ?? []).map(([name], row) => [
    name,
    ARITHMETIC[name] ?? '',
    ...items.map((costs) => dollars(costs[row]?.[1] ?? 0)),
  ]);
  const total = ['**Sum**', '', ...defaults.map((of) => `**${dollars(sumOf(of))}**`)];
  const cadences = ([5, 30, 60] as const).flatMap((seconds) =>
    sizes.map((databases) => {
      const of = { databases, every: seconds, metrics: 'all', alarms: 'each' } as const;
      const lean = { ...of, metrics: 'essential', alarms: 'fleet' } as const;
      return [
        `${seconds} s`,
        String(databases),
        ...[of, lean].flatMap((one) => [sumOf(one), sumOf(one, true)]).map(dollars),
      ];
    }),
  );
  return [
    table(['', 'Arithmetic', '1 database', '10', '100'], [...byItem, total]),
    'Sums by `sampleEvery`, at list price and with what is [free for ever](#free-for-ever) taken off; the right half with\n' +
      "`metrics: 'essential'` and `alarms: 'fleet'`:",
    table(
      ['Sample every', 'Databases', 'Defaults', 'less what is free', 'Lean', 'less what is free'],
      cadences,
    ),
    'What is off by default:',
    table(
      ['', 'Arithmetic', 'A month'],
      Object.entries(costOfOptions()).map(([name, of]) => [name, of.arithmetic, dollars(of.dollars)]),
    ),
  ].join('\n\n');
}

const ARITHMETIC: Readonly<Record<string, string>> = {
  Metrics: `${sent('all')} each x $${PRICE.metric.toFixed(2)}`,
  Alarms: `(3 each + ${GUARD_ALARMS} of the guard) x $${PRICE.alarm.toFixed(2)}`,
  Dashboard: `$${PRICE.dashboard}`,
  PutMetricData: 'events a minute x 43,800 x $0.01 / 1000',
  Lambda: `events a minute x 43,800 x (${RUN[5]} s x ${MEMORY} GB x $${PRICE.gigabyteSecond} + $0.0000002)`,
  DynamoDB: `each 43,800 reads x $0.125 and 8,760 writes of ${ITEM.write} units x $0.625, by the million`,
  Logs: `each about ${LOG * 1000} MB x $${PRICE.logGigabyte.toFixed(2)} / GB`,
  'KMS key': `$${PRICE.key}`,
};

const dollars = (amount: number): string => `$${amount.toFixed(2)}`;

function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = titles.map((title, column) =>
    Math.max(3, ...[title, ...rows.map((row) => row[column] ?? '')].map(({ length }) => length)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(titles), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

/** Dollars a month in all. */
export function sumOf(of: Case, isFree = false): number {
  return Object.values(costOf(of, isFree)).reduce((sum, item) => sum + item, 0);
}
