import { manyWaiting } from '../../model/head-blocker.ts';
import type { LikelyCause } from '../../model/likely-cause.ts';
import type { Sample } from '../../model/observation.ts';
import { counted, duration } from '../../shared/format.ts';
import { named, printable } from '../../shared/printable.ts';
import { sessions } from './group-sums.ts';

// Sessions that are at work, or wait for something.

/** So long after it started a server is still being connected to anew. Seconds. */
const JUST_STARTED = 300;

export function busy({ groups, used }: Sample): LikelyCause | null {
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

export function logins({ groups, used }: Sample): LikelyCause | null {
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

/** What earlier samples say of the server that answers now. */
export interface Renewed {
  /** Did they see the server, or another in its place, before it started? */
  readonly restarted: boolean;
  /** See `Snapshot.movedAt`. */
  readonly movedAt?: number | undefined;
}

/** The server started a moment ago, or became the primary here: every client connects anew. */
export function failover(
  { at, server, used }: Sample,
  { restarted, movedAt = Number.NaN }: Renewed,
): LikelyCause | null {
  // A text that is no time gives NaN, which is neither.
  const isNow = (ago: number) => ago >= 0 && ago < JUST_STARTED;
  const started = (at - Date.parse(server.startedAt)) / 1000;
  const moved = (at - movedAt) / 1000;
  const hasStarted = restarted && isNow(started);
  if (!hasStarted && !isNow(moved)) return null;
  return {
    id: 'failover',
    role: null,
    sessions: used,
    cause: 'A restart or failover: every client connects anew, and all pools fill at once',
    evidence: hasStarted
      ? `the server started ${duration(started)} ago, and all ${counted(used, 'session')} since`
      : `another primary than before answers here, first seen ${duration(moved)} ago`,
    remedy: 'Give clients a minute to settle, then make their pools together smaller than the usable slots',
  };
}

/** One session holds what most others wait for: from critical on it is looked up. */
export function headBlocker({ headBlocker: head }: Sample): LikelyCause | null {
  if (!head) return null;
  const { pid, application, role, state, since, blocks } = head;
  const who = application === '' ? role : application;
  return {
    id: 'head-blocker',
    role,
    sessions: blocks,
    cause: 'One session blocks the others',
    evidence: `pid ${pid} of ${named(who)}, ${printable(state, 30)} for ${duration(since)}, blocks ${counted(blocks, 'session')}`,
    remedy:
      'End the transaction before waiting for anything else; keep schema changes short with lock_timeout',
  };
}

/** Many wait for locks, and no single session is behind it. */
export function lockStorm(sample: Sample): LikelyCause | null {
  const waiting = manyWaiting(sample);
  if (waiting === 0 || sample.headBlocker) return null;
  return {
    id: 'lock-storm',
    role: null,
    sessions: waiting,
    cause: 'Sessions wait for each other: ending idle ones will not help',
    evidence: `${waiting} of ${counted(sample.used, 'session')} wait for locks${sample.headBlocker === null ? ', and no single one blocks most of them' : ''}`,
    remedy: 'Shorten the transactions that touch the same rows, or take the rows in one order',
  };
}
