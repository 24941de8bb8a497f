import type { Level } from '../../lambda/model/level.ts';
import type { Sample } from '../../lambda/model/observation.ts';
import type { Judged } from '../judged.ts';

/** One sample in the history of the chart. */
export interface Point {
  /** Ms since the epoch. */
  readonly at: number;
  /** Used slots; null when nothing was seen. */
  readonly used: number | null;
  /** The level shown; null when nothing was seen. A refusal is `full`. */
  readonly level: Level | null;
}

/** Something that happened, to be told once. */
export interface WatchEvent {
  /** Ms since the epoch. */
  readonly at: number;
  readonly kind: 'alert' | 'cause' | 'reclaim' | 'fault';
  /** One line, already clean. */
  readonly text: string;
}

/** All that one frame of the watch shows. */
export interface Frame {
  readonly judged: Judged;
  /** The last sample, this one or an earlier one; null: none yet. */
  readonly last: { readonly judged: Judged; readonly sample: Sample } | null;
  /** The level held, with memory of earlier samples. */
  readonly level: Level;
  /** Since when, ms since the epoch. */
  readonly since: number;
  /** Every sample so far, or the last few thousand, oldest first. */
  readonly points: readonly Point[];
  /** Oldest first. */
  readonly events: readonly WatchEvent[];
  /** As {@link finishedSessions} has them. */
  readonly finished: readonly string[];
  readonly mode: 'off' | 'dry-run' | 'terminate';
  /** Sessions that this watch has ended. */
  readonly ended: number;
  /** Sessions that the last check of a dry run would have ended. */
  readonly wouldEnd: number;
  /** When the next sample is due, ms since the epoch. */
  readonly nextSampleAt: number;
}

/** `21:03:12`, UTC. */
export function timeOfDay(at: number): string {
  return new Date(at).toISOString().slice(11, 19);
}
