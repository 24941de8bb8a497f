import type { Sample, SessionGroup } from '../model/observation.ts';
import type { LikelyCause } from '../model/snapshot.ts';
import { counted, duration } from '../shared/format.ts';
import { printable } from '../shared/printable.ts';

// The shapes of leaks and overloads. Each signature was seen in real incidents; each is told only with the figures that
// show it.

/** A cause that a sample shows. */
interface FoundCause extends LikelyCause {
  /** How many sessions it accounts for. */
  readonly sessions: number;
}

/** A session of a person that idles for longer than this was forgotten. Seconds. */
const FORGOTTEN = 3600;

/** Each gives null where the sample does not show it. */
export const SIGNATURES: readonly ((sample: Sample) => FoundCause | null)[] = [
  unclosed,
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

/** Django and others: a finished request leaves its connection open, and under gevent or ASGI no thread reuses it. */
function unclosed({ groups, used }: Sample): FoundCause | null {
  const [role, all] = largestRole(groups.filter(({ application }) => application === ''));
  const idle = all.filter(({ state }) => state === 'idle');
  if (sessions(all) < used * 0.3 || sessions(idle) < sessions(all) * 0.8) return null;
  return {
    sessions: sessions(idle),
    cause:
      'Connections kept open after the request or task that used them (typical of Django with CONN_MAX_AGE under gevent or ASGI, and of Celery)',
    evidence: `${sessions(idle)} of ${counted(sessions(all), 'session')} of role ${named(role)} without application_name are idle, the longest for ${oldest(idle)}`,
    remedy:
      'Django: CONN_MAX_AGE = 0. Celery: close_old_connections in task_postrun. Set application_name, so that the next alert can name the part',
  };
}

function fixedPool({ groups }: Sample): FoundCause | null {
  const all = groups.filter(({ application }) => application === 'PostgreSQL JDBC Driver');
  const idle = all.filter(({ state }) => state === 'idle');
  if (sessions(all) < 10 || sessions(idle) < sessions(all) * 0.8) return null;
  return {
    sessions: sessions(idle),
    cause: 'A JDBC pool that keeps its full size whether it is used or not (HikariCP does so by default)',
    evidence: `${sessions(idle)} of ${counted(sessions(all), 'session')} of "PostgreSQL JDBC Driver" are idle, from ${counted(clients(all).size, 'client')}`,
    remedy:
      'Lower maximumPoolSize, or set minimumIdle below it with an idleTimeout; replicas times pool size must stay under the usable slots',
  };
}

function openTransactions({ groups, used }: Sample): FoundCause | null {
  const open = groups.filter(({ state }) => state.startsWith('idle in transaction'));
  const count = sessions(open);
  if (count < Math.max(3, used * 0.15)) return null;
  const [role] = largestRole(open);
  return {
    sessions: count,
    cause:
      'Transactions left open while the application does something else (a streaming response, a call to another service, an exception without rollback)',
    evidence: `${counted(count, 'session')} idle in transaction, most of role ${named(role)}, the oldest transaction open for ${duration(maxOf(open.map((group) => group.oldestTransactionAge)))}`,
    remedy:
      'End the transaction before streaming or waiting; as a net, set idle_in_transaction_session_timeout for the role',
  };
}

function frozenClients({ groups, used }: Sample): FoundCause | null {
  const idle = groups.filter(({ state, client }) => state === 'idle' && client !== null);
  const few = [...clients(idle)].filter(([, count]) => count <= 2);
  const count = few.reduce((sum, [, n]) => sum + n, 0);
  if (few.length < 20 || count < used * 0.5) return null;
  return {
    sessions: count,
    cause:
      'Many short-lived clients that each keep a session (Lambda containers freeze with their pool open)',
    evidence: `${few.length} clients hold one or two idle sessions each, ${count} together`,
    remedy:
      'Cap the reserved concurrency of the function, put RDS Proxy in between, or set idle_session_timeout for its role',
  };
}

function replicas({ groups, used }: Sample): FoundCause | null {
  const [role, all] = largestRole(groups);
  const perClient = [...clients(all)].map(([, count]) => count).sort((a, b) => a - b);
  const [least, most] = [perClient[0] ?? 0, perClient.at(-1) ?? 0];
  if (perClient.length < 4 || least < 3 || most - least > 1 || sessions(all) < used * 0.5) return null;
  return {
    sessions: sessions(all),
    cause: 'Every replica fills its own pool: together they are more than the server has slots for',
    evidence: `${perClient.length} clients of role ${named(role)} hold ${least === most ? most : `${least} to ${most}`} sessions each, ${sessions(all)} together`,
    remedy:
      'Lower the pool size of each replica (replicas x pool size under the usable slots), or put a pooler in between',
  };
}

function oneClient({ groups, used }: Sample): FoundCause | null {
  const perClient = [...clients(groups)].sort(([, a], [, b]) => b - a);
  const [first] = perClient;
  if (first === undefined || perClient.length < 3 || first[1] < used * 0.6) return null;
  return {
    sessions: first[1],
    cause: 'One client opens far more sessions than all others',
    evidence: `${printable(first[0], 60)} holds ${first[1]} of ${counted(used, 'session')}; there are ${perClient.length} clients`,
    remedy:
      'Look at what runs there: what was deployed or restarted last, and whether its pool has a maximum',
  };
}

function busy({ groups, used }: Sample): FoundCause | null {
  const active = sessions(groups.filter(({ state }) => state === 'active'));
  if (active < used * 0.7) return null;
  return {
    sessions: active,
    cause: 'Load or a lock, not a leak: the sessions are at work, so ending idle ones will not help',
    evidence: `${active} of ${counted(used, 'session')} are active`,
    remedy: 'Look for slow statements and locks (wait_event_type in pg_stat_activity) before anything else',
  };
}

function logins({ groups, used }: Sample): FoundCause | null {
  const starting = sessions(groups.filter(({ state }) => state === 'starting'));
  if (starting < used * 0.2) return null;
  return {
    sessions: starting,
    cause: 'A storm of logins: sessions still authenticating hold slots, so ending idle ones will not help',
    evidence: `${starting} of ${counted(used, 'session')} are still starting`,
    remedy: 'Let clients pool their connections and back off with jitter when a login fails',
  };
}

function people({ groups }: Sample): FoundCause | null {
  const tools = /^(?:psql|pgAdmin|DBeaver|DataGrip|TablePlus|Navicat)/i;
  const forgotten = groups.filter(
    ({ application, state, oldestStateAge }) =>
      state === 'idle' && tools.test(application) && (oldestStateAge ?? 0) > FORGOTTEN,
  );
  if (sessions(forgotten) < 3) return null;
  return {
    sessions: sessions(forgotten),
    cause: 'Forgotten sessions of people',
    evidence: `${counted(sessions(forgotten), 'session')} of tools such as psql or DBeaver, idle for up to ${oldest(forgotten)}`,
    remedy:
      'These can be ended without harm to the application; set idle_session_timeout for the roles of people',
  };
}

function nearLimit({ limits }: Sample): FoundCause | null {
  const near = limits
    .filter(({ limit, used }) => limit > 0 && used >= limit * 0.9)
    .sort((a, b) => b.used / b.limit - a.used / a.limit)
    .at(0);
  if (near === undefined) return null;
  return {
    sessions: near.used,
    cause: `The ${near.kind} ${named(near.name)} is at its own CONNECTION LIMIT, whatever the server has left`,
    evidence: `${near.used} of ${near.limit} sessions allowed to it`,
    remedy: 'Lower what its clients open; the limit itself protects the others',
  };
}

function sessions(groups: readonly SessionGroup[]): number {
  return groups.reduce((sum, { count }) => sum + count, 0);
}

function clients(groups: readonly SessionGroup[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { client, count } of groups) {
    const name = client ?? 'a local socket';
    counts.set(name, (counts.get(name) ?? 0) + count);
  }
  return counts;
}

function largestRole(groups: readonly SessionGroup[]): [string | null, readonly SessionGroup[]] {
  const byRole = new Map<string | null, SessionGroup[]>();
  for (const group of groups) {
    const same = byRole.get(group.role);
    if (same) same.push(group);
    else byRole.set(group.role, [group]);
  }
  return [...byRole].sort(([, a], [, b]) => sessions(b) - sessions(a))[0] ?? [null, []];
}

function oldest(groups: readonly SessionGroup[]): string {
  return duration(maxOf(groups.map(({ oldestStateAge }) => oldestStateAge)));
}

function maxOf(ages: readonly (number | null)[]): number {
  return ages.reduce<number>((most, age) => Math.max(most, age ?? 0), 0);
}

function named(name: string | null): string {
  return name === null ? '(none)' : `"${printable(name, 60)}"`;
}

/** Fewer sessions than this show no pattern. */
const FEWEST_SESSIONS = 10;

/** A message names the causes with the most sessions, no more. */
const MOST_CAUSES = 2;

/** The likely causes that the sample shows, the one with most sessions first. */
export function likelyCauses(sample: Sample): readonly LikelyCause[] {
  if (sample.used < FEWEST_SESSIONS) return [];
  const found = SIGNATURES.map((signature) => signature(sample)).filter((hint) => hint !== null);
  return found
    .sort((a, b) => b.sessions - a.sessions)
    .slice(0, MOST_CAUSES)
    .map(({ cause, evidence, remedy }) => ({ cause, evidence, remedy }));
}
