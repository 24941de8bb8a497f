// CloudWatch Logs Insights on the line that says once a minute who held the slots (`check.holders`). Its holders are a list,
// which only `jsonParse` and `unnest` take apart ("Structure types" and "unnest" of the Logs Insights query syntax).

const NO_NAME = 'coalesce(holder.application, "(no application_name)") as application';

/** Each holder of each minute becomes a row of its own, with its `application`, `role` and `client`. */
const HOLDERS = [
  'fields jsonParse(@message) as line',
  'unnest line.holders into holder',
  `fields ${NO_NAME}, holder.role as role, holder.client as client`,
] as const;

const ALL = ['filter event = "check.holders"', ...HOLDERS] as const;

/** By who is asked for: `database` of the line, then the names of the holder. */
const NAMES = 'database, application, role, client';

export const HOLDER_QUERIES = {
  // Of a short range around the moment; holders of its last minute come first.
  'holders at a moment': [
    ...ALL,
    'stats latest(@timestamp) as seen, latest(holder.sessions) as sessions, latest(holder.idle) as idle, ' +
      `latest(holder.oldestIdle) as oldestIdle by ${NAMES}`,
    'sort seen desc, sessions desc',
    'limit 200',
  ],
  // Between the ends of the range. What was not there at the beginning has a later `first`.
  'growth between two moments': [
    ...ALL,
    'stats earliest(@timestamp) as first, latest(@timestamp) as last, earliest(holder.sessions) as before, ' +
      `latest(holder.sessions) as after, after - before as growth by ${NAMES}`,
    'sort growth desc',
    'limit 200',
  ],
  // For the size of pools: a role with an application is summed over its clients minute by minute first.
  'most at work at once by application': [
    ...ALL,
    'stats sum(holder.sessions) as sessions, sum(holder.sessions - holder.idle) as working, count(*) as clients ' +
      'by @timestamp, database, application, role',
    'stats max(sessions) as mostSessions, max(working) as mostAtWork, max(clients) as mostClients, count(*) as minutes ' +
      'by database, application, role',
    'sort mostSessions desc',
    'limit 200',
  ],
} as const;

/** A chart over any range: `step` apart, of one database. */
export interface ChartOf {
  readonly database: string;
  /** As `bin` takes it: `1m`. */
  readonly step: string;
}

/** Sessions by application and role, to be stacked; with a step of many minutes, the mean of those in which it held any. */
export function stackedHolders({ database, step }: ChartOf): string[] {
  return [
    `filter event = "check.holders" and database = "${database}"`,
    ...HOLDERS,
    `stats sum(holder.sessions) / count_distinct(@timestamp) as sessions by bin(${step}) as time, application, role`,
    'limit 10000',
  ];
}

/** Used slots, and where the levels began and the server was full, in slots, as it was at the time. */
export function usedAgainstThresholds({ database, step }: ChartOf): string[] {
  return [
    `filter event = "check.holders" and database = "${database}"`,
    `stats max(used) as usedSlots, min(warning) as warningFrom, min(critical) as criticalFrom, min(usable) as usableSlots by bin(${step}) as time`,
    'limit 10000',
  ];
}
