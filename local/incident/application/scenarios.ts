import type { Holders, Requests, Scenario } from './scenario.ts';

/** Logins all along that need a slot of their own, as a health check, an administrator or a new worker does. */
const requests: Requests = { kind: 'requests', name: 'requests', perSecond: 4, lasting: [0.005, 0.05] };

/** Workers of a queue: each holds a session and uses it about every half minute. */
const tasks: Holders = {
  kind: 'holders',
  name: 'background tasks',
  count: 12,
  arrive: { at: 0, over: 4, shape: 'even' },
  useEvery: [27, 33],
  leave: null,
  refills: false,
};

/** Open tabs that are there from the beginning, for the scenarios in which they are not what grows. */
function steadyTabs(count: number): Holders {
  return {
    kind: 'holders',
    name: 'open tabs',
    count,
    arrive: { at: 0, over: 5, shape: 'even' },
    useEvery: [2, 3],
    leave: null,
    refills: false,
  };
}

/**
 * A site whose open tabs each hold a session and whose finished requests leave theirs open. Shaped after a real
 * site that was measured: 100 sessions after 21-27 s, 150 after 48-55 s, every slot taken after 73-88 s, nearly all of
 * them idle, half of them for less than 3 s.
 */
const incident: Scenario = {
  name: 'incident',
  title: 'open tabs hold a session each, and one finished request a second leaves its session open',
  seconds: 160,
  maxConnections: 200,
  reservedConnections: 0,
  thresholds: { warning: 100, critical: 150 },
  clients: [
    {
      ...steadyTabs(108),
      arrive: { at: 0, over: 28, shape: 'slowing' },
      leave: { at: 124, over: 8, afterwards: 'fresh-sessions' },
    },
    {
      kind: 'leak',
      name: 'leaked sessions',
      initially: 0,
      perSecond: 1,
      at: 0,
      leftIn: 'idle',
      mend: { at: 124, over: 8 },
    },
    tasks,
    requests,
  ],
  story: [
    { at: 0, text: 'The site opens. Its tabs hold a session each, and finished requests leave theirs open.' },
    { at: 124, text: 'A fix is deployed (CONN_MAX_AGE=0): worker after worker restarts without the leak.' },
  ],
};

const slowLeak: Scenario = {
  name: 'slow-leak',
  title: 'a steady site on which one request in 5 s leaves its session open, 60 such sessions from before',
  seconds: 150,
  maxConnections: 200,
  reservedConnections: 0,
  thresholds: { warning: 100, critical: 150 },
  clients: [
    steadyTabs(100),
    {
      kind: 'leak',
      name: 'leaked sessions',
      initially: 60,
      perSecond: 0.2,
      at: 5,
      leftIn: 'idle',
      mend: null,
    },
    tasks,
    requests,
  ],
  story: [],
};

/** The sessions of one generation of pods. */
function pods(name: string, at: number, leave: Holders['leave']): Holders {
  return {
    kind: 'holders',
    name,
    count: 96,
    arrive: { at, over: 10, shape: 'even' },
    useEvery: [3, 12],
    leave,
    refills: false,
  };
}

const burst: Scenario = {
  name: 'burst',
  title:
    'a deploy: new pods fill pools of their own, then the old pods get no more requests, and close theirs late',
  seconds: 120,
  maxConnections: 200,
  reservedConnections: 0,
  thresholds: { warning: 120, critical: 150 },
  clients: [
    pods('pools of the old pods', 0, { drainedAt: 45, at: 90, over: 10, afterwards: 'gone' }),
    pods('pools of the new pods', 30, null),
    tasks,
    requests,
  ],
  story: [],
};

const burstWithSeat: Scenario = {
  ...burst,
  name: 'burst-seat',
  title:
    'the same deploy, with two slots reserved that the guard may use, as RDS has them from PostgreSQL 16 on',
  reservedConnections: 2,
};

const stuck: Scenario = {
  name: 'stuck',
  title: 'one request a second leaves its session idle in a transaction',
  seconds: 120,
  maxConnections: 200,
  reservedConnections: 0,
  thresholds: { warning: 100, critical: 150 },
  clients: [
    steadyTabs(90),
    {
      kind: 'leak',
      name: 'stuck transactions',
      initially: 0,
      perSecond: 1,
      at: 5,
      leftIn: 'idle in transaction',
      mend: null,
    },
    tasks,
    requests,
  ],
  story: [],
};

const refill: Scenario = {
  name: 'refill',
  title: 'a pool of fixed size, too large for the server, replaces at once every session that is ended',
  seconds: 120,
  maxConnections: 200,
  reservedConnections: 0,
  thresholds: { warning: 100, critical: 150 },
  clients: [
    {
      ...steadyTabs(170),
      name: 'sessions of the pool',
      arrive: { at: 0, over: 20, shape: 'even' },
      useEvery: [300, 600],
      refills: true,
    },
    tasks,
    requests,
  ],
  story: [],
};

/** Every scenario, the incident first. */
export const SCENARIOS: readonly Scenario[] = [incident, slowLeak, burst, burstWithSeat, stuck, refill];

/** The scenario that `npm start` replays. */
export const INCIDENT: Scenario = incident;
