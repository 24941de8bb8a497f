import type { Database } from '../config/database.ts';
import { parseThreshold, type Threshold, thresholdSlots } from '../config/threshold.ts';
import type { AlarmLevel } from './level.ts';

/** Where a level begins and ends, in used slots. */
export interface LevelThreshold {
  /** The level is entered at this many used slots. */
  readonly enter: number;
  /** This many used slots or fewer are clear of the level. Always below `enter`. */
  readonly clear: number;
}

/** 10 * 70 / 100 may not come out as exactly 7. */
const ROUNDING = 1e-9;

/**
 * The lines of a database on a server with `usable` slots.
 *
 * `full` begins where an ordinary role can no longer log in. The server refuses it as soon as the free slots are no
 * more than the reserved ones, whoever holds the others, and the guard's own session takes a slot too: so that is one
 * used slot before the last. No threshold lies beyond it, and `warning` never beyond `critical`, whatever forms the
 * two are written in.
 */
export function levelThresholds(
  database: Pick<Database, 'thresholds' | 'alerts'>,
  usable: number,
): Record<AlarmLevel, LevelThreshold> {
  const { thresholds, alerts } = database;
  const full = Math.max(1, usable - 1);
  const critical = Math.min(enterAt(thresholds.critical, usable), full);
  const warning = Math.min(enterAt(thresholds.warning, usable), critical);
  const margin = (usable * alerts.clearMargin) / 100;
  return {
    warning: line(warning, margin, clearAt(alerts.clear.warning, usable)),
    critical: line(critical, margin, clearAt(alerts.clear.critical, usable)),
    full: line(full, margin, null),
  };
}

/** The used slots at which a threshold is reached, at least 1: an empty server is never short of slots. */
function enterAt(threshold: Threshold, usable: number): number {
  return Math.max(1, thresholdSlots(threshold, usable));
}

/** The most used slots that are not beyond an explicit clear value. */
function clearAt(threshold: Threshold | undefined, usable: number): number | null {
  if (threshold === undefined) return null;
  const slots = thresholdSlots(threshold, usable);
  // '60%' of 97 is 58.2: reached at 59, so the last count not beyond it is 58.
  const { kind, value } = parseThreshold(threshold);
  return kind !== 'percent' || (usable * value) / 100 >= slots - ROUNDING ? slots : slots - 1;
}

function line(enter: number, margin: number, explicit: number | null): LevelThreshold {
  // A count far below usable (100 of 5000) would end below zero and never clear: go half way down at most.
  const clear = explicit ?? Math.floor(enter - Math.min(margin, enter / 2) + ROUNDING);
  return { enter, clear: Math.max(0, Math.min(clear, enter - 1)) };
}
