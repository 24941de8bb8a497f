import type { Observation, Sample, SessionGroup } from '../../lambda/model/observation.ts';

/** How long the evening lasts, in ms. */
export const LASTS = 720_000;

/** The budgets that it is judged by: together they promise more than its 97 usable slots. */
export const BUDGETS = [
  { name: 'checkout', application: 'checkout', sessions: 90 },
  { name: 'reports', application: 'reports', sessions: 10 },
];

const CAPACITY = {
  maxConnections: 100,
  superuserReserved: 3,
  reserved: 0,
  rdsSuperuserReserved: 0,
  rdsReserved: 0,
};

const SERVER = {
  versionNum: 170_010,
  isReplica: false,
  startedAt: '2026-11-01 03:12:45.123+00',
  canSignal: true,
  role: 'connection_guard',
};

/** What the guard sees in an evening in which all goes wrong that messages are about. `start` in ms since the epoch. */
export function evening(start: number): readonly Observation[] {
  const seen = (second: number) => ({ at: start + second * 1000, took: 12 });
  const sample = (second: number, checkout: number, reports: number): Sample => ({
    kind: 'sample',
    ...seen(second),
    capacity: CAPACITY,
    server: SERVER,
    used: checkout + reports,
    groups: [group('checkout', checkout), group('reports', reports)],
    limits: [],
    sessions: null,
  });
  const failure = (second: number): Observation => ({
    kind: 'failed',
    ...seen(second),
    class: 'timeout',
    code: null,
    text: 'no answer within 10 s, while connecting',
  });
  return [
    { kind: 'partial', ...seen(0), capacity: CAPACITY, server: SERVER },
    { ...sample(5, 20, 4), server: { ...SERVER, canSignal: false } },
    sample(10, 20, 12),
    sample(15, 20, 14),
    sample(20, 20, 4),
    sample(205, 20, 4),
    sample(210, 68, 4),
    sample(215, 82, 4),
    {
      kind: 'refused',
      ...seen(230),
      limit: 'superuser-slots',
      attempts: 7,
      text: 'remaining connection slots are reserved for roles with the SUPERUSER attribute',
    },
    sample(400, 22, 4),
    sample(585, 21, 4),
    failure(600),
    failure(660),
    sample(LASTS / 1000, 20, 4),
  ];
}

function group(application: string, count: number): SessionGroup {
  return {
    application,
    count,
    role: application,
    database: 'postgres',
    client: '10.0.3.17',
    state: 'idle',
    oldestStateAge: 90,
    oldestTransactionAge: null,
    returning: 0,
    usedOnce: count,
    opened: 0,
    waiting: 0,
  };
}
