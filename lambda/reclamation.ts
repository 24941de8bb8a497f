import type { Level } from './level.ts';

/**
 * What became of one session that reclaim chose:
 * - `ended`: signalled, and seen to be gone
 * - `signalled`: the signal was sent, but the session was still there when we looked again
 * - `changed`: it did something between choice and signal, so it was left alone
 * - `refused`: the server did not let us (42501)
 * - `gone`: it had ended by itself
 * - `would-end`: dry-run; it would have been signalled
 */
export const OUTCOMES = ['ended', 'signalled', 'changed', 'refused', 'gone', 'would-end'] as const;

/** One of {@link OUTCOMES}. */
export type Outcome = (typeof OUTCOMES)[number];

/** One session that reclaim chose. Names are the server's: untrusted text. */
export interface ChosenSession {
  readonly pid: number;
  readonly role: string | null;
  readonly database: string | null;
  readonly application: string;
  readonly client: string | null;
  /** Seconds since its last `state_change`. */
  readonly idleFor: number;
  readonly outcome: Outcome;
}

/** One pass of reclaim over one sample. */
export interface Reclamation {
  /** Ms since the epoch. */
  readonly at: number;
  readonly mode: 'dry-run' | 'terminate';
  /** The level it acted at. */
  readonly level: Level;
  /** Sessions idle for longer than this many seconds counted as stale at this moment. */
  readonly allowedIdleAge: number;
  /** How many sessions were stale and not protected. */
  readonly candidates: number;
  readonly chosen: readonly ChosenSession[];
  /** How many sessions were left alone, by reason (a fixed word such as `superuser`, `listen`, `advisory-lock`). */
  readonly leftAlone: Readonly<Record<string, number>>;
  /** Which limit kept it from choosing more; null when none did. */
  readonly limitedBy: 'maxPerCheck' | 'maxPerHour' | null;
  /** Until when reclaim pauses because a pool refills what is ended (ms since the epoch); null when it does not. */
  readonly pausedUntil: number | null;
  /** Why the pass broke off, bounded; null when it did not. A broken pass costs nothing else. */
  readonly failure: string | null;
}
