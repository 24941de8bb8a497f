import type { Scenario, Tabs } from './scenario.ts';

/** How an incident differs from the one that was measured. */
export interface IncidentOptions {
  readonly closed: Tabs['closed'];
  readonly endsWithCommit: boolean;
  readonly thresholds: Scenario['thresholds'];
  readonly seconds: number;
  /** Second at which the fix is deployed; null for never. */
  readonly mendedAt: number | null;
}

/** Seconds that a rolling restart of the site takes. */
const RESTART = 8;

/**
 * The site whose real incident was traced: server-sent events that hold a session for each open tab, requests
 * whose sessions wait for Python's garbage collector, and background tasks that never close theirs. All of them have
 * the same role and no application name. Measured there: 6.9 to 7.9 sessions opened in a second, closed in lumps of up
 * to 38, 182 of 196 slots used after 80 s, first login refused after 73 to 88 s, 27 to 28 % of all requests within 200 s.
 */
export function incident(
  name: string,
  title: string,
  { closed, endsWithCommit, thresholds, seconds, mendedAt }: IncidentOptions,
): Scenario {
  const mend = mendedAt === null ? null : { at: mendedAt, over: RESTART };
  return {
    name,
    title,
    seconds,
    maxConnections: 200,
    reservedConnections: 0,
    thresholds,
    endsWithCommit,
    clients: [
      {
        kind: 'tabs',
        name: 'open tabs',
        users: 97,
        perSecond: 0.8,
        pollEvery: [2, 3],
        staysFor: [20, 60],
        until: 125,
        closed,
        mend,
      },
      {
        kind: 'pages',
        name: 'finished requests',
        perSecond: 6,
        retried: 0.3,
        collector: { every: [12, 32], share: [0.1, 0.45] },
        mend,
      },
      { kind: 'tasks', name: 'background tasks', count: 16, startWithin: 30, pause: [24, 32] },
    ],
    story: [
      {
        at: 0,
        text: 'The site opens. Each open tab holds a session, and finished requests leave theirs open for a while.',
      },
      ...(mend
        ? [{ at: mend.at, text: 'A fix is deployed: worker after worker restarts without the leak.' }]
        : []),
    ],
  };
}

/** The incident that `npm start` replays. */
export const INCIDENT: Scenario = incident(
  'incident',
  'open tabs hold a session each, also after they are closed, and finished requests leave theirs open',
  {
    closed: 'both',
    endsWithCommit: false,
    thresholds: { warning: 100, critical: 150 },
    seconds: 177,
    mendedAt: 124,
  },
);
