import type { ReclaimPolicy } from '../config/reclaim-policy.ts';
import { thresholdSlots } from '../config/threshold.ts';
import type { Level } from '../model/level.ts';

/** Where each level begins, in used slots; `full` is the count at which an ordinary login is refused. */
export type LevelThresholds = Readonly<Record<Exclude<Level, 'ok'>, { readonly enter: number }>>;

/** The idle ages, in seconds, beyond which a session is stale. */
export interface AllowedAges {
  readonly usedOnce: number;
  readonly other: number;
}

/**
 * The ages allowed while `used` slots are used: `idleFor` and `usedOnceFor` where the acting level begins, falling in
 * a straight line to `idleForAtFull` where no slot is left.
 *
 * Two cases have no such line of their own. From `full` on there is nothing left to fall through, so it falls from
 * where critical begins. And a reaper (`always`) acts before anything is tight: until warning every session has
 * `idleFor`, for having been used once is no reason yet.
 *
 * An age does not fall while the server fills so slowly that whatever is idle for longer than the fallen age reaches the
 * full one before no slot is left.
 *
 * @param toFull seconds until no slot is left, at the pace of the last ones.
 */
export function allowedAges(
  used: number,
  policy: ReclaimPolicy,
  level: Level,
  thresholds: LevelThresholds,
  toFull: number,
): AllowedAges {
  const { at, idleFor, usedOnceFor, idleForAtFull } = policy;
  if (at === 'always' && level === 'ok') return { usedOnce: idleFor, other: idleFor };
  const from = at === 'always' ? thresholds.warning : at === 'full' ? thresholds.critical : thresholds[at];
  const left = thresholds.full.enter - used;
  const share = Math.min(1, Math.max(0, left / Math.max(1, thresholds.full.enter - from.enter)));
  const fallen = (age: number) => {
    const least = idleForAtFull + (age - idleForAtFull) * share;
    return toFull >= age - least ? age : least;
  };
  return { usedOnce: fallen(usedOnceFor), other: fallen(idleFor) };
}

/** The count of used slots under which reclaim stops; 0 when it goes on as long as it finds a stale session. */
export function stopsUnder(policy: ReclaimPolicy, thresholds: LevelThresholds, usable: number): number {
  if (policy.until !== undefined) return thresholdSlots(policy.until, usable);
  return policy.at === 'always' ? 0 : thresholds.warning.enter;
}
