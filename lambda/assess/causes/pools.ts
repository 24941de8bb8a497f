import { applicationKind } from '../../model/application-kind.ts';
import type { LikelyCause } from '../../model/likely-cause.ts';
import type { Sample } from '../../model/observation.ts';
import { counted } from '../../shared/format.ts';
import { named, printable } from '../../shared/printable.ts';
import { clients, largestRole, sessions } from './group-sums.ts';

// More sessions by design than there are slots.

/** Fewer sessions of one client are no pool. */
const FEWEST_IN_POOL = 3;

export function fixedPool({ groups }: Sample): LikelyCause | null {
  const all = groups.filter(({ application }) => application === 'PostgreSQL JDBC Driver');
  const idle = all.filter(({ state }) => state === 'idle');
  if (sessions(all) < 10 || sessions(idle) < sessions(all) * 0.8) return null;
  // Used once and never again, one after the other: that is no pool.
  const usedOnce = idle.reduce((sum, group) => sum + group.usedOnce, 0);
  if (usedOnce > sessions(idle) * 0.3) return null;
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

export function frozenClients({ groups, used }: Sample): LikelyCause | null {
  const idle = groups.filter(
    ({ state, client, application }) =>
      state === 'idle' && client !== null && applicationKind(application) !== 'pooler',
  );
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

export function replicas({ groups, used }: Sample): LikelyCause | null {
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

/** New clients fill their pools while the old ones, which open none any more, still hold theirs. */
export function rollout({ groups, used }: Sample): LikelyCause | null {
  const [role, all] = largestRole(groups);
  const opened = clients(all, (group) => group.opened);
  const perClient = [...clients(all)].filter(([, count]) => count >= FEWEST_IN_POOL);
  const fresh = perClient.filter(([client, count]) => opened.get(client) === count);
  const old = perClient.filter(([client]) => opened.get(client) === 0);
  const [held, added] = [old, fresh].map((some) => some.reduce((sum, [, count]) => sum + count, 0));
  if (held === undefined || added === undefined || Math.min(held, added) < used * 0.2) return null;
  return {
    id: 'rollout',
    role,
    sessions: held + added,
    cause: 'A rollout, or more replicas: new clients fill their pools while the old ones still hold theirs',
    evidence: `${counted(fresh.length, 'client')} of role ${named(role)} opened ${added} sessions within 2 min, ${counted(old.length, 'older client')} ${old.length === 1 ? 'holds' : 'hold'} ${held}`,
    remedy:
      'Roll out fewer at a time (maxSurge, maximumPercent), let the old close their pools when they stop, or make pools smaller',
  };
}

export function oneClient({ groups, used }: Sample): LikelyCause | null {
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

export function nearLimit({ limits }: Sample): LikelyCause | null {
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
