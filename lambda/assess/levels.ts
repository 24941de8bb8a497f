import type { Database } from '../config/database.ts';
import { ALARM_LEVELS, type AlarmLevel, atLeast, LEVELS, type Level } from '../model/level.ts';
import { type LevelThreshold, levelThresholds } from '../model/level-thresholds.ts';
import { isOwnLimit, type Observation, usableSlots } from '../model/observation.ts';

/** Since when (ms since the epoch) all samples were clear of each level; null when the last one was not. */
export type ClearSince = Readonly<Record<AlarmLevel, number | null>>;

/** What one check says of the slots: how many are used, or that the server refused us. */
export type SlotCount =
  | { readonly used: number; readonly thresholds: Readonly<Record<AlarmLevel, LevelThreshold>> }
  | 'refused';

/** The level that a count shows by itself, without memory. */
export function observedLevel(count: SlotCount): Level {
  if (count === 'refused') return 'full';
  return ALARM_LEVELS.findLast((level) => count.used >= count.thresholds[level].enter) ?? 'ok';
}

/**
 * One step of the levels: a worse level is entered at once; a level is left when every sample was clear of it for
 * `clearAfter` seconds, and then the next better one is held, unless that is clear too. While the next better one is being
 * left as well, the level stays: people are told once that it is over, not level by level a few seconds apart.
 */
export function stepLevel(
  held: Level,
  clearSince: ClearSince,
  count: SlotCount,
  now: number,
  clearAfter: number,
): { level: Level; clearSince: ClearSince } {
  const since = (level: AlarmLevel) =>
    count !== 'refused' && count.used <= count.thresholds[level].clear ? (clearSince[level] ?? now) : null;
  const next: ClearSince = { warning: since('warning'), critical: since('critical'), full: since('full') };
  const observed = observedLevel(count);
  if (atLeast(observed, held)) return { level: observed, clearSince: next };
  const left = (level: Level) => {
    const clear = level === 'ok' ? null : next[level];
    return clear !== null && now - clear >= clearAfter * 1000;
  };
  const candidates = LEVELS.slice(0, LEVELS.indexOf(held) + 1);
  const better = candidates.findLast((level) => !left(level)) ?? 'ok';
  const isBeingLeft = better !== 'ok' && better !== held && next[better] !== null;
  return { level: isBeingLeft ? held : better, clearSince: next };
}

export function slotCountOf(observation: Observation, database: Database): SlotCount | null {
  if (observation.kind === 'refused') return 'refused';
  if (observation.kind !== 'sample') return null;
  return { used: observation.used, thresholds: levelThresholds(database, usableSlots(observation.capacity)) };
}

export function isServerFull(observation: Observation, database: Database): boolean {
  if (observation.kind === 'refused') return !isOwnLimit(observation.limit);
  const count = slotCountOf(observation, database);
  return count !== null && observedLevel(count) === 'full';
}
