import { incident } from './incident.ts';
import { livingStreams } from './living-streams.ts';
import { lifo, requests, server, waitingPool } from './pool-scenarios.ts';
import type { Holders, Scenario, Tabs, Tasks } from './scenario.ts';

/** Workers of a queue: each holds a session and uses it about every half minute. */
const tasks: Tasks = { kind: 'tasks', name: 'background tasks', count: 12, startWithin: 4, pause: [27, 33] };

/** Open tabs that are there from the beginning, for the scenarios in which they are not what grows. */
function steadyTabs(count: number): Holders {
  return {
    kind: 'holders',
    name: 'open tabs',
    count,
    arrive: { at: 0, over: 5 },
    useEvery: [2, 3],
    leave: null,
    refills: false,
  };
}

const INCIDENT_SECONDS = 200;

/** The incident with one kind of closed tabs, on the guard's default thresholds and on those of the site's own script. */
function incidents(name: string, title: string, closed: Tabs['closed'], endsWithCommit: boolean): Scenario[] {
  const common = { closed, endsWithCommit, seconds: INCIDENT_SECONDS, mendedAt: null };
  return [
    incident(name, `${title}; default thresholds`, { ...common, thresholds: null }),
    incident(`${name}-100-150`, `${title}; thresholds 100 and 150`, {
      ...common,
      thresholds: { warning: 100, critical: 150 },
    }),
  ];
}

const slowLeak: Scenario = {
  ...server,
  name: 'slow-leak',
  title: 'a steady site on which one request in 5 s leaves its session open, 60 such sessions from before',
  seconds: 150,
  clients: [
    steadyTabs(100),
    { kind: 'leak', name: 'leaked sessions', initially: 60, perSecond: 0.2, at: 5, leftIn: 'idle' },
    tasks,
    requests,
  ],
};

/** The sessions of one generation of pods. */
function pods(name: string, at: number, leave: Holders['leave']): Holders {
  return {
    kind: 'holders',
    name,
    count: 96,
    arrive: { at, over: 10 },
    useEvery: [3, 12],
    leave,
    refills: false,
  };
}

const burst: Scenario = {
  ...server,
  name: 'burst',
  title:
    'a deploy: new pods fill pools of their own, then the old pods get no more requests, and close theirs late',
  seconds: 120,
  thresholds: { warning: 120, critical: 150 },
  clients: [
    pods('pools of the old pods', 0, { drainedAt: 45, at: 90, over: 10 }),
    pods('pools of the new pods', 30, null),
    tasks,
    requests,
  ],
};

const burstReserved: Scenario = {
  ...burst,
  name: 'burst-reserved',
  title:
    'the same deploy, with two slots reserved that the guard may use, as RDS has them from PostgreSQL 16 on',
  reservedConnections: 2,
};

const stuck: Scenario = {
  ...server,
  name: 'stuck',
  title: 'one request a second leaves its session idle in a transaction',
  seconds: 120,
  clients: [
    steadyTabs(90),
    {
      kind: 'leak',
      name: 'stuck transactions',
      initially: 0,
      perSecond: 1,
      at: 5,
      leftIn: 'idle in transaction',
    },
    tasks,
    requests,
  ],
};

const refill: Scenario = {
  ...server,
  name: 'refill',
  title: 'a pool of fixed size, too large for the server, replaces at once every session that is ended',
  seconds: 120,
  clients: [
    {
      ...steadyTabs(170),
      name: 'sessions of the pool',
      arrive: { at: 0, over: 20 },
      useEvery: [300, 600],
      refills: true,
    },
    tasks,
    requests,
  ],
};

/** Second of the deploy in the scenario of that name, and how long it takes. */
const DEPLOY = { at: 90, over: 20 };

const deploy: Scenario = {
  ...server,
  name: 'deploy',
  title:
    'sessions used once are never used again, until a deploy after which the same statement comes back every 12 to 25 s, and one session a second leaks',
  seconds: 190,
  clients: [
    steadyTabs(70),
    {
      kind: 'pages',
      name: 'finished requests',
      perSecond: 3,
      retried: 0,
      collector: { every: [5, 25], share: [0.1, 0.6] },
      until: DEPLOY.at + DEPLOY.over,
      mend: DEPLOY,
    },
    {
      kind: 'holders',
      name: 'sessions that come back',
      count: 60,
      arrive: DEPLOY,
      useEvery: [12, 25],
      leave: null,
      refills: false,
    },
    {
      kind: 'leak',
      name: 'leaked sessions',
      initially: 0,
      perSecond: 1,
      at: DEPLOY.at,
      leftIn: 'idle',
    },
    tasks,
    requests,
  ],
};

/** Every scenario, the incidents first. */
export const SCENARIOS: readonly Scenario[] = [
  ...incidents('incident-a', 'the incident; closed tabs leave a silent session (kind A)', 'silent', false),
  ...incidents('incident-b', 'the incident; closed tabs go on polling (kind B)', 'polling', false),
  ...incidents('incident', 'the incident; closed tabs of both kinds', 'both', false),
  ...incidents('incident-commit', 'the incident; both kinds, every last statement is COMMIT', 'both', true),
  slowLeak,
  burst,
  burstReserved,
  stuck,
  refill,
  lifo,
  waitingPool('waiting-pool', 'a minute', 70),
  waitingPool('waiting-pool-10m', 'ten minutes', 600),
  deploy,
  ...livingStreams,
];
