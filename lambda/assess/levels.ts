import type { Database } from '../config/database.ts';
import { ALARM_LEVELS, type AlarmLevel, atLeast, LEVELS, type Level } from '../model/level.ts';
import { type Line, linesFor } from '../model/level-thresholds.ts';
import { type Observation, usableSlots, type Wall } from '../model/observation.ts';

/** Since when (ms since the epoch) all readings were clear of each level; null when the last one was not. */
export type ClearSince = Readonly<Record<AlarmLevel, number | null>>;

/** What one check says of the slots: how many are used, or that the server refused us. */
export type Reading =
  | { readonly used: number; readonly lines: Readonly<Record<AlarmLevel, Line>> }
  | 'refused';

/** The level that a reading shows by itself, without memory. */
export function observedLevel(reading: Reading): Level {
  if (reading === 'refused') return 'full';
  return ALARM_LEVELS.findLast((level) => reading.used >= reading.lines[level].enter) ?? 'ok';
}

/**
 * One step of the levels: a worse level is entered at once; a level is left when every reading was clear of it for
 * `clearAfter` seconds, and then the next better one is held, unless that is clear too. While the next better one is being
 * left as well, the level stays: people are told once that it is over, not level by level a few seconds apart.
 */
export function stepLevel(
  held: Level,
  clearSince: ClearSince,
  reading: Reading,
  now: number,
  clearAfter: number,
): { level: Level; clearSince: ClearSince } {
  const since = (level: AlarmLevel) =>
    reading !== 'refused' && reading.used <= reading.lines[level].clear ? (clearSince[level] ?? now) : null;
  const next: ClearSince = { warning: since('warning'), critical: since('critical'), full: since('full') };
  const observed = observedLevel(reading);
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

export function readingOf(observation: Observation, database: Database): Reading | null {
  if (observation.kind === 'refused') return 'refused';
  if (observation.kind !== 'sample') return null;
  return { used: observation.used, lines: linesFor(database, usableSlots(observation.capacity)) };
}

/** A limit of the guard's own role, or of the database it logs in to: others may well get in. */
export function isOwnLimit(wall: Wall | null): boolean {
  return wall === 'role-limit' || wall === 'database-limit';
}

export function isServerFull(observation: Observation, database: Database): boolean {
  if (observation.kind === 'refused') return !isOwnLimit(observation.wall);
  const reading = readingOf(observation, database);
  return reading !== null && observedLevel(reading) === 'full';
}
