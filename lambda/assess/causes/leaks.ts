import { applicationKind } from '../../model/application-kind.ts';
import type { LikelyCause } from '../../model/likely-cause.ts';
import type { Sample, SessionGroup } from '../../model/observation.ts';
import { counted, duration } from '../../shared/format.ts';
import { named } from '../../shared/printable.ts';
import {
  keptOf,
  largestPool,
  largestRole,
  maxOf,
  oldest,
  poolWords,
  returningOf,
  sessions,
  streamsOf,
} from './group-sums.ts';
import { KEPT_REMEDY } from './kept-remedy.ts';

// Sessions that are held for longer than they are used.

/** A session of a person that idles for longer than this was forgotten. Seconds. */
const FORGOTTEN = 3600;

/** Fewer sessions that come back every few seconds are the ordinary use of a pool. */
const FEWEST_STREAMS = 20;

/** What comes back every few seconds, does next to nothing, and outnumbers what works: each holds a session for good. */
export function openStreams({ groups, used }: Sample): LikelyCause | null {
  const [pool, all] = largestPool(groups.filter(isApplication), streamsOf);
  const returning = all.reduce((sum, group) => sum + streamsOf(group), 0);
  const isFollowed = all.some(({ streams }) => streams !== undefined);
  const working = sessions(all.filter(({ state }) => state === 'active'));
  if (returning < Math.max(FEWEST_STREAMS, used * 0.3) || working * 4 > returning) return null;
  return {
    id: 'open-streams',
    role: pool.role,
    sessions: returning,
    cause: 'Open streams (server-sent events, websockets, LISTEN loops)',
    evidence: `${returning} sessions of ${poolWords(pool)} ${isFollowed ? 'come back within 5 s' : 'came back within 5 s'}, with ${working} at work`,
    remedy: 'Release connections between polls, add a pooler, or cap streams',
  };
}

/** A finished request or task leaves its session open, and nothing uses it again. */
export function keptAfterRequest({ groups, used }: Sample): LikelyCause | null {
  const [pool, all] = largestPool(groups.filter(isApplication), keptOf);
  const idle = all.filter(({ state }) => state === 'idle');
  const kept = all.reduce((sum, group) => sum + keptOf(group), 0);
  const usedOnce = all.reduce((sum, group) => sum + group.usedOnce, 0);
  if (kept < used * 0.25 || kept + returningOf(all) < sessions(all) * 0.8) return null;
  // A pool that was opened in advance idles too. Without a name it is rarely one.
  if (pool.application !== '' && usedOnce < kept * 0.3) return null;
  const once = usedOnce > 0 ? `, ${usedOnce} of them used once` : '';
  return {
    id: 'kept-after-request',
    role: pool.role,
    sessions: kept,
    cause: 'Kept open after the request or task that used them',
    evidence: `${kept} of ${counted(sessions(all), 'session')} of ${poolWords(pool)} idle for up to ${oldest(idle)}${once}`,
    remedy: KEPT_REMEDY[applicationKind(pool.application)],
  };
}

export function openTransactions({ groups, used }: Sample): LikelyCause | null {
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

export function people({ groups }: Sample): LikelyCause | null {
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

/** Neither a pooler's own sessions nor those of people: the one keeps them on purpose, the others are told of apart. */
function isApplication({ application }: SessionGroup): boolean {
  const kind = applicationKind(application);
  return kind !== 'pooler' && kind !== 'person';
}
