import type { Level } from '../../lambda/model/level.ts';
import type { Judged } from '../judged.ts';

/** One look in the history of the chart. */
export interface Point {
  /** Used slots; null when nothing was seen. */
  readonly used: number | null;
  /** The level shown; null when nothing was seen. A refusal is `full`. */
  readonly level: Level | null;
}

/** Something that happened, to be told once. */
export interface WatchEvent {
  /** Ms since the epoch. */
  readonly at: number;
  readonly kind: 'alert' | 'hint' | 'reclaim' | 'fault';
  /** One line, already clean. */
  readonly text: string;
}

/** All that one judged of the watch shows. */
export interface Frame {
  readonly judged: Judged;
  /** The level held, with memory of earlier looks. */
  readonly level: Level;
  /** Since when, ms since the epoch. */
  readonly since: number;
  /** Every look so far, or the last few thousand, oldest first. */
  readonly points: readonly Point[];
  /** Oldest first. */
  readonly events: readonly WatchEvent[];
  readonly mode: 'off' | 'dry-run' | 'terminate';
  /** Sessions that this watch has ended; in a dry run, those that this look would have ended. */
  readonly ended: number;
  /** When the next look is due, ms since the epoch. */
  readonly nextSampleAt: number;
}

/** `21:03:12`, UTC. */
export function timeOfDay(at: number): string {
  return new Date(at).toISOString().slice(11, 19);
}
