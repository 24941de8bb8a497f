import type { Requests, Scenario } from './scenario.ts';

/** Logins all along that need a slot of their own, as a health check, an administrator or a new worker does. */
export const requests: Requests = {
  kind: 'requests',
  name: 'requests',
  perSecond: 4,
  lasting: [0.005, 0.05],
};

/** What a scenario has unless it says otherwise. */
export const server = {
  maxConnections: 200,
  reservedConnections: 0,
  thresholds: { warning: 100, critical: 150 },
  endsWithCommit: false,
  story: [],
} as const satisfies Partial<Scenario>;

/** A pool of which most sessions rest for most of the time. */
export const lifo: Scenario = {
  ...server,
  name: 'lifo',
  title:
    'a pool of 60 that uses the session last returned and all of them once in 40 s, five cron jobs that run once a minute, and a leak of 2.5 sessions a second',
  seconds: 180,
  clients: [
    {
      kind: 'pool',
      name: 'sessions of the pool',
      application: 'api',
      size: 60,
      opens: { at: 0, over: 10 },
      usesPerSecond: 20,
      peaks: { first: 25, every: 40 },
    },
    {
      kind: 'holders',
      name: 'cron jobs',
      application: 'cron',
      count: 5,
      arrive: { at: 2, over: 10 },
      useEvery: [59, 61],
      leave: null,
      refills: false,
    },
    {
      kind: 'leak',
      name: 'leaked sessions',
      application: 'web',
      initially: 0,
      perSecond: 2.5,
      at: 20,
      leftIn: 'idle',
    },
    { ...requests, application: 'web' },
  ],
};

/** A pool of 60 that is opened at once, waits, and is then used together, beside a leak that fills the server. */
export function waitingPool(name: string, waits: string, firstUse: number): Scenario {
  return {
    ...server,
    name,
    title: `a pool of 60, opened at once and used together ${waits} later, beside a leak of 3 sessions a second`,
    seconds: firstUse + 30,
    clients: [
      {
        kind: 'pool',
        name: 'sessions of the pool',
        application: 'api',
        size: 60,
        opens: { at: 0, over: 1 },
        usesPerSecond: 0,
        peaks: { first: firstUse, every: 10 },
      },
      {
        kind: 'leak',
        name: 'leaked sessions',
        application: 'web',
        initially: 0,
        perSecond: 3,
        at: 10,
        leftIn: 'idle',
      },
      { ...requests, application: 'web' },
    ],
  };
}
