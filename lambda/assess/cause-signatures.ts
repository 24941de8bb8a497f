import { applicationKind } from '../model/application-kind.ts';
import type { LikelyCause } from '../model/likely-cause.ts';
import type { Sample } from '../model/observation.ts';
import { counted, duration } from '../shared/format.ts';
import { printable } from '../shared/printable.ts';
import {
  clients,
  keptOf,
  largestPool,
  largestRole,
  maxOf,
  named,
  oldest,
  poolWords,
  returningOf,
  sessions,
} from './group-sums.ts';
import { KEPT_REMEDY } from './kept-remedy.ts';

// The shapes of leaks and overloads. Each signature was seen in real incidents; each is told only with the figures that
// show it.

/** A session of a person that idles for longer than this was forgotten. Seconds. */
const FORGOTTEN = 3600;

/** Fewer sessions that come back every few seconds are the ordinary use of a pool. */
const FEWEST_STREAMS = 20;

/** Each gives null where the sample does not show it. */
export const SIGNATURES: readonly ((sample: Sample) => LikelyCause | null)[] = [
  openStreams,
  keptAfterRequest,
  fixedPool,
  openTransactions,
  frozenClients,
  replicas,
  oneClient,
  busy,
  logins,
  people,
  nearLimit,
];

/** What comes back every few seconds, does next to nothing, and outnumbers what works: each holds a session for good. */
function openStreams({ groups, used }: Sample): LikelyCause | null {
  const [pool, all] = largestPool(groups, ({ returning = 0 }) => returning);
  const returning = returningOf(all);
  const working = sessions(all.filter(({ state }) => state === 'active'));
  if (returning < Math.max(FEWEST_STREAMS, used * 0.3) || working * 4 > returning) return null;
  return {
    ...{ id: 'open-streams', role: pool.role, sessions: returning },
    cause: 'Open streams (server-sent events, websockets, LISTEN loops)',
    evidence: `${returning} sessions of ${poolWords(pool)} come back within 5 s, with ${working} at work`,
    remedy: 'Release connections between polls, add a pooler, or cap streams',
  };
}

/** A finished request or task leaves its session open, and nothing uses it again. */
function keptAfterRequest({ groups, used }: Sample): LikelyCause | null {
  const [pool, all] = largestPool(
    groups.filter(({ application }) => !['jdbc', 'person', 'pooler'].includes(applicationKind(application))),
    keptOf,
  );
  const idle = all.filter(({ state }) => state === 'idle');
  const kept = all.reduce((sum, group) => sum + keptOf(group), 0);
  const usedOnce = all.reduce((sum, group) => sum + (group.usedOnce ?? 0), 0);
  if (kept < used * 0.25 || kept + returningOf(all) < sessions(all) * 0.8) return null;
  // A pool that was opened in advance idles too. Without a name it is rarely one.
  if (pool.application !== '' && usedOnce < kept * 0.3) return null;
  const once = usedOnce > 0 ? `, ${usedOnce} of them used once` : '';
  return {
    ...{ id: 'kept-after-request', role: pool.role, sessions: kept },
    cause: 'Kept open after the request or task that used them',
    evidence: `${kept} of ${counted(sessions(all), 'session')} of ${poolWords(pool)} idle for up to ${oldest(idle)}${once}`,
    remedy: KEPT_REMEDY[applicationKind(pool.application)],
  };
}

function fixedPool({ groups }: Sample): LikelyCause | null {
  const all = groups.filter(({ application }) => application === 'PostgreSQL JDBC Driver');
  const idle = all.filter(({ state }) => state === 'idle');
  if (sessions(all) < 10 || sessions(idle) < sessions(all) * 0.8) return null;
  return {
    id: 'fixed-pool',
    role: null,
    sessions: sessions(idle),
    cause: 'A JDBC pool that keeps its full size whether it is used or not (HikariCP does so by default)',
    evidence: `${sessions(idle)} of ${counted(sessions(all), 'session')} of "PostgreSQL JDBC Driver" are idle, from ${counted(clients(all).size, 'client')}`,
    remedy:
      'Lower maximumPoolSize, or set minimumIdle below it with an idleTimeout; replicas times pool size must stay under the usable slots',
  };
}

function openTransactions({ groups, used }: Sample): LikelyCause | null {
  const open = groups.filter(({ state }) => state.startsWith('idle in transaction'));
  const count = sessions(open);
  if (count < Math.max(3, used * 0.15)) return null;
  const [role] = largestRole(open);
  return {
    id: 'open-transactions',
    role,
    sessions: count,
    cause: 'Transactions left open while the application does something else',
    evidence: `${counted(count, 'session')} idle in transaction, most of role ${named(role)}, the oldest open for ${duration(maxOf(open.map((group) => group.oldestTransactionAge)))}`,
    remedy: 'End the transaction before streaming or waiting',
  };
}

function frozenClients({ groups, used }: Sample): LikelyCause | null {
  const idle = groups.filter(({ state, client }) => state === 'idle' && client !== null);
  const few = [...clients(idle)].filter(([, count]) => count <= 2);
  const count = few.reduce((sum, [, n]) => sum + n, 0);
  if (few.length < 20 || count < used * 0.5) return null;
  return {
    id: 'frozen-clients',
    role: null,
    sessions: count,
    cause:
      'Many short-lived clients that each keep a session (Lambda containers freeze with their pool open)',
    evidence: `${few.length} clients hold one or two idle sessions each, ${count} together`,
    remedy:
      'Cap the reserved concurrency of the function, put RDS Proxy in between, or set idle_session_timeout for its role',
  };
}

function replicas({ groups, used }: Sample): LikelyCause | null {
  const [role, all] = largestRole(groups);
  const perClient = [...clients(all)].map(([, count]) => count).sort((a, b) => a - b);
  const [least, most] = [perClient[0] ?? 0, perClient.at(-1) ?? 0];
  if (perClient.length < 4 || least < 3 || most - least > 1 || sessions(all) < used * 0.5) return null;
  return {
    id: 'pool-times-replicas',
    role,
    sessions: sessions(all),
    cause: 'Every replica fills its own pool: together they are more than the server has slots for',
    evidence: `${perClient.length} clients of role ${named(role)} hold ${least === most ? most : `${least} to ${most}`} sessions each, ${sessions(all)} together`,
    remedy:
      'Lower the pool size of each replica (replicas x pool size under the usable slots), or put a pooler in between',
  };
}

function oneClient({ groups, used }: Sample): LikelyCause | null {
  const perClient = [...clients(groups)].sort(([, a], [, b]) => b - a);
  const [first] = perClient;
  if (first === undefined || perClient.length < 3 || first[1] < used * 0.6) return null;
  return {
    id: 'one-client',
    role: null,
    sessions: first[1],
    cause: 'One client opens far more sessions than all others',
    evidence: `${printable(first[0], 60)} holds ${first[1]} of ${counted(used, 'session')}; there are ${perClient.length} clients`,
    remedy:
      'Look at what runs there: what was deployed or restarted last, and whether its pool has a maximum',
  };
}

function busy({ groups, used }: Sample): LikelyCause | null {
  const active = sessions(groups.filter(({ state }) => state === 'active'));
  if (active < used * 0.7) return null;
  return {
    id: 'busy',
    role: null,
    sessions: active,
    cause: 'Load or a lock, not a leak: the sessions are at work, so ending idle ones will not help',
    evidence: `${active} of ${counted(used, 'session')} are active`,
    remedy: 'Look for slow statements and locks (wait_event_type in pg_stat_activity) before anything else',
  };
}

function logins({ groups, used }: Sample): LikelyCause | null {
  const starting = sessions(groups.filter(({ state }) => state === 'starting'));
  if (starting < used * 0.2) return null;
  return {
    id: 'login-storm',
    role: null,
    sessions: starting,
    cause: 'A storm of logins: sessions still authenticating hold slots, so ending idle ones will not help',
    evidence: `${starting} of ${counted(used, 'session')} are still starting`,
    remedy: 'Let clients pool their connections and back off with jitter when a login fails',
  };
}

function people({ groups }: Sample): LikelyCause | null {
  const forgotten = groups.filter(
    ({ application, state, oldestStateAge }) =>
      state === 'idle' && applicationKind(application) === 'person' && (oldestStateAge ?? 0) > FORGOTTEN,
  );
  if (sessions(forgotten) < 3) return null;
  return {
    id: 'people',
    role: null,
    sessions: sessions(forgotten),
    cause: 'Forgotten sessions of people',
    evidence: `${counted(sessions(forgotten), 'session')} of tools such as psql or DBeaver, idle for up to ${oldest(forgotten)}`,
    remedy:
      'These can be ended without harm to the application; set idle_session_timeout for the roles of people',
  };
}

function nearLimit({ limits }: Sample): LikelyCause | null {
  const near = limits
    .filter(({ limit, used }) => limit > 0 && used >= limit * 0.9)
    .sort((a, b) => b.used / b.limit - a.used / a.limit)
    .at(0);
  if (near === undefined) return null;
  return {
    id: 'near-limit',
    role: near.kind === 'role' ? near.name : null,
    sessions: near.used,
    cause: `The ${near.kind} ${named(near.name)} is at its own CONNECTION LIMIT, whatever the server has left`,
    evidence: `${near.used} of ${near.limit} sessions allowed to it`,
    remedy: 'Lower what its clients open; the limit itself protects the others',
  };
}
