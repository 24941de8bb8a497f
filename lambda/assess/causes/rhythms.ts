import type { SessionGroup } from '../../model/observation.ts';
import type { SampledSession } from '../../model/sampled-session.ts';
import type { SessionHistory } from '../predictions/session-history.ts';
import { isAlive, type TrackedSession } from '../predictions/tracked-session.ts';

/** So often must a session have come back before its rhythm says anything. */
const FEWEST_RETURNS = 2;

/** A stream polls every few seconds: none of its pauses is longer. Seconds. */
const LONGEST_PAUSE = 5;

/**
 * The groups with what their sessions have shown from sample to sample. One sample takes every session of a burst for
 * one that comes back every few seconds; the history knows better, once it has seen sessions of the pool come back at all.
 */
export function withRhythms(
  groups: readonly SessionGroup[],
  { at, sessions }: SessionHistory,
): readonly SessionGroup[] {
  const pools = new Map<string, TrackedSession[]>();
  for (const tracked of sessions.values()) {
    if (tracked.returns < FEWEST_RETURNS) continue;
    const key = poolKey(tracked.session);
    pools.set(key, [...(pools.get(key) ?? []), tracked]);
  }
  if (pools.size === 0) return groups;
  const left = new Map([...pools].map(([key, pool]) => [key, rhythmsOf(pool, at ?? 0)]));
  // The history knows no clients: what it knows of a pool is given to the pool's groups one after the other.
  return groups.map((group) => {
    const known = left.get(poolKey(group));
    if (known === undefined || group.state !== 'idle') return group;
    const returning = Math.min(group.count, known.returning);
    const streams = Math.min(group.count, known.streams);
    known.returning -= returning;
    known.streams -= streams;
    return { ...group, returning, streams };
  });
}

/** How many idle sessions of a pool come back, and how many of these are alike and never pause for long. */
function rhythmsOf(pool: readonly TrackedSession[], at: number): { returning: number; streams: number } {
  const alive = pool.filter((tracked) => tracked.session.state === 'idle' && isAlive(tracked, at));
  const byShape = new Map<number | null, number>();
  for (const { gap, statement } of alive) {
    const shape = statement?.shape ?? null;
    if (gap.least <= LONGEST_PAUSE) byShape.set(shape, (byShape.get(shape) ?? 0) + 1);
  }
  return { returning: alive.length, streams: Math.max(0, ...byShape.values()) };
}

function poolKey({ role, database, application }: Pick<SampledSession, 'role' | 'database' | 'application'>) {
  return JSON.stringify([role, database, application]);
}
