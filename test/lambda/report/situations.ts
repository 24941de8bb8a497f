import { type Assessment, assess } from '../../../lambda/assess/assess.ts';
import { addReclamation } from '../../../lambda/assess/incident.ts';
import { attempted, claimed, claimedBy, dueNow } from '../../../lambda/assess/undelivered.ts';
import type { Database } from '../../../lambda/config/database.ts';
import { parseEvent } from '../../../lambda/config/event.ts';
import { emptyMemory, type Memory } from '../../../lambda/model/memory.ts';
import type {
  Capacity,
  Failure,
  FailureClass,
  Limit,
  Observation,
  Sample,
  SessionGroup,
} from '../../../lambda/model/observation.ts';
import type { RuleScore } from '../../../lambda/model/prediction.ts';
import type { ChosenSession, PausedPool, Reclamation } from '../../../lambda/model/reclamation.ts';
import type { Alert } from '../../../lambda/report/message/alert.ts';
import { composeAlert } from '../../../lambda/report/message/compose.ts';

/** 2026-11-23 20:00:00 UTC: the first check of every story told here. */
export const START = Date.UTC(2026, 10, 23, 20, 0, 0);

/** A moment of the story, ms since the epoch. */
export const minutesAfterStart = (minutes: number): number => START + minutes * 60_000;

export const capacity: Capacity = {
  maxConnections: 191,
  superuserReserved: 3,
  reserved: 2,
  rdsSuperuserReserved: 0,
  rdsReserved: 4,
};

/** A database as a team configures it, with what a test wants to be different. */
export function database(settings: object = {}): Database {
  const [entry] = parseEvent({
    databases: [
      {
        name: 'orders',
        host: 'orders.cx1a2b3c4d5e.eu-central-1.rds.amazonaws.com',
        login: { iam: { user: 'guard' } },
        ...settings,
      },
    ],
  }).databases;
  if (entry === undefined) throw new Error('no database');
  return entry;
}

/** Sessions of one kind. */
export function group(count: number, fields: Partial<SessionGroup> = {}): SessionGroup {
  return {
    database: 'orders',
    role: 'orders_app',
    application: 'orders-web',
    client: '10.0.3.17',
    state: 'idle',
    count,
    oldestStateAge: 240,
    oldestTransactionAge: null,
    returning: 0,
    usedOnce: 0,
    waiting: 0,
    opened: 0,
    ...fields,
  };
}

/** One sample of the incident: a Django site whose finished requests leave their sessions behind. */
export function sample(at: number, used: number, fields: Partial<Sample> = {}): Sample {
  const others = Math.min(used, 14);
  const rest = used - others;
  const groups = [
    group(Math.ceil(rest * 0.7), { application: '', oldestStateAge: 118 }),
    group(Math.floor(rest * 0.3), { application: '', client: '10.0.4.21', oldestStateAge: 97 }),
    group(Math.min(others, 8), {
      application: 'celery',
      role: 'orders_worker',
      client: '10.0.5.9',
      oldestStateAge: 31,
    }),
    group(Math.max(0, Math.min(others - 8, 4)), {
      application: 'reports',
      state: 'active',
      role: 'bi',
      oldestStateAge: 7,
      oldestTransactionAge: 7,
    }),
    group(Math.max(0, others - 12), {
      application: 'psql',
      state: 'idle in transaction',
      role: 'anna',
      client: null,
      oldestStateAge: 1260,
      oldestTransactionAge: 1265,
    }),
  ].filter(({ count }) => count > 0);
  return {
    kind: 'sample',
    at,
    took: 12,
    capacity,
    server: {
      versionNum: 170_010,
      isReplica: false,
      startedAt: '2026-11-01 03:12:45.123+00',
      canSignal: true,
      role: 'guard',
    },
    used,
    groups,
    limits: [],
    sessions: null,
    ...fields,
  };
}

export function refusal(at: number, limit: Limit): Observation {
  const text = {
    'all-slots': 'sorry, too many clients already',
    'superuser-slots': 'remaining connection slots are reserved for roles with the SUPERUSER attribute',
    'reserved-slots':
      'remaining connection slots are reserved for roles with privileges of the "pg_use_reserved_connections" role',
    'rds-slots':
      'remaining connection slots are reserved for roles with privileges of the "rds_reserved" role',
    'role-limit': 'too many connections for role "guard"',
    'database-limit': 'too many connections for database "postgres"',
  }[limit];
  return { kind: 'refused', at, took: 9800, limit, attempts: 7, text };
}

const FAILURES: Record<FailureClass, [string | null, string]> = {
  dns: ['ENOTFOUND', 'getaddrinfo ENOTFOUND orders.cx1a2b3c4d5e.eu-central-1.rds.amazonaws.com'],
  network: ['ECONNREFUSED', 'connect ECONNREFUSED 10.0.1.23:5432'],
  timeout: [null, 'no answer within 10 s, while connecting'],
  tls: ['SELF_SIGNED_CERT_IN_CHAIN', 'self-signed certificate in certificate chain'],
  credentials: ['28P01', 'password authentication failed for user "guard"'],
  secret: ['ResourceNotFoundException', "Secrets Manager can't find the specified secret."],
  privilege: ['42501', 'permission denied for function pg_stat_get_activity'],
  'no-database': ['3D000', 'database "postgres" does not exist'],
  restarting: ['57P03', 'the database system is starting up'],
  server: ['XX000', 'unexpected error of the server'],
};

export function failure(at: number, kind: FailureClass): Failure {
  const [code, text] = FAILURES[kind];
  return { kind: 'failed', at, took: 10_000, class: kind, code, text };
}

/** The memory after an attempt to publish what is due, at the time of the check: all of it fails, or all goes out. */
function attemptedAt(memory: Memory, succeeds: boolean): Memory {
  const threads = memory.undelivered.map(({ notification }) => notification.threadId);
  const taken = claimed(memory, threads, 'attempt', memory.at);
  return attempted(taken, 'attempt', succeeds ? [] : claimedBy(taken, 'attempt'), memory.at);
}

/** The memory after a check whose message could not be published. */
export function unpublished({ memory }: Assessment): Memory {
  return attemptedAt(memory, false);
}

/** The memory after a check whose messages went out. */
export function published({ memory }: Assessment): Memory {
  return attemptedAt(memory, true);
}

/** Checks in order, each at its own time, each but the last with its messages published; the last assessment. */
export function follow(observations: readonly Observation[], db: Database, memory?: Memory): Assessment {
  let last: Assessment | undefined;
  let current = memory ?? emptyMemory(observations[0]?.at ?? START);
  for (const observation of observations) {
    last = assess({ observation, database: db, memory: current, now: observation.at });
    current = published(last);
  }
  if (last === undefined) throw new Error('nothing to follow');
  return last;
}

/** Half an hour of a slow leak, one sample every 30 s, from 60 used slots to eight under `to`, and then `to`. */
export function leak(to: number): Sample[] {
  const wobble = [-2, 0, 2, -1, 1];
  const rise = (index: number) => Math.round(60 + ((to - 68) * index) / 58) + (wobble[index % 5] ?? 0);
  return Array.from({ length: 60 }, (_, index) =>
    sample(START + index * 30_000, index === 59 ? to : rise(index)),
  );
}

/** The message of the first notice of the last of these checks. */
export function alertAfter(
  observations: readonly Observation[],
  options: {
    db?: Database;
    reclamation?: Reclamation;
    memory?: Memory;
    scores?: readonly RuleScore[];
  } = {},
): Alert {
  const db = options.db ?? database();
  const { memory } = follow(observations, db, options.memory);
  const observation = observations.at(-1);
  const notification = dueNow(memory, observation?.at ?? START)[0]?.notification;
  if (notification === undefined || observation === undefined) throw new Error('no notice is due');
  const reclamation = options.reclamation ?? null;
  return composeAlert(notification, {
    database: db,
    observation,
    memory: reclamation === null ? memory : addReclamation(memory, reclamation),
    reclamation,
    scores: options.scores ?? [],
    now: observation.at,
  });
}

export function chosen(count: number, outcome: ChosenSession['outcome']): ChosenSession[] {
  return Array.from({ length: count }, (_, index) => ({
    pid: 4000 + index,
    role: 'orders_app',
    database: 'orders',
    application: '',
    client: '10.0.3.17',
    idleFor: 118 - index,
    prediction:
      index % 4 === 3
        ? null
        : {
            rule: 'once>5',
            words: 'used once and idle for over 5 s',
            score: { tried: 69.8, wrong: 0.02, moments: 3, youngest: 0 },
            unlike: 0,
            isByTrials: false,
          },
    isCulprit: true,
    isTrial: false,
    outcome,
  }));
}

/** A pool that opened again at half past eight what was ended. */
export function pausedPool(fields: Partial<PausedPool> = {}): PausedPool {
  return {
    role: 'orders_app',
    database: 'orders',
    application: 'orders-web',
    before: 104,
    since: minutesAfterStart(30) - 5000,
    ended: 40,
    opened: 38,
    until: minutesAfterStart(35),
    ...fields,
  };
}

export function reclamation(fields: Partial<Reclamation> = {}): Reclamation {
  return {
    at: START,
    mode: 'terminate',
    level: 'critical',
    used: 160,
    until: 128,
    allowedIdleAge: 92,
    usedOnceIdleAge: 41,
    candidates: 40,
    chosen: [...chosen(12, 'ended'), ...chosen(3, 'changed'), ...chosen(1, 'refused')],
    leftAlone: { 'too-young': 61, listen: 2, superuser: 1, limit: 24 },
    longestIdle: 118,
    limitedBy: 'maxPerCheck',
    pausedPools: [],
    culprits: [{ role: 'orders_app', database: 'orders', application: '' }],
    idleIsCause: true,
    failure: null,
    ...fields,
  };
}
