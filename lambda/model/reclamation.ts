import * as v from 'valibot';
import type { Level } from './level.ts';
import { type Pool, pool } from './pool.ts';
import type { Prediction } from './prediction.ts';
import { count, list, time } from './stored.ts';

/**
 * What became of one session that reclaim chose:
 * - `ended`: signalled, and verified to be gone
 * - `signalled`: the signal was sent, but the session was still there when it was verified, or it could not be verified
 * - `changed`: it did something between choice and signal, so it was left alone
 * - `refused`: the server did not let us (42501)
 * - `gone`: it had ended by itself
 * - `unknown`: the pass broke off before the server answered, if it was asked at all
 * - `would-end`: dry-run; it would have been signalled
 */
export const OUTCOMES = ['ended', 'signalled', 'changed', 'refused', 'gone', 'unknown', 'would-end'] as const;

/** One of {@link OUTCOMES}. */
export type Outcome = (typeof OUTCOMES)[number];

/** True when the signal to end was sent, or may have been. */
export function wasSignalled(outcome: Outcome | undefined): boolean {
  return outcome === 'ended' || outcome === 'signalled' || outcome === 'unknown';
}

/** Sessions that a pass signalled: what dry-run would have ended, and what changed in time, does not count. */
export function signalledBy(reclamation: Reclamation | null): number {
  return (reclamation?.chosen ?? []).filter(({ outcome }) => wasSignalled(outcome)).length;
}

/** One session that reclaim chose. Names are the server's: untrusted text. */
export interface ChosenSession {
  readonly pid: number;
  readonly role: string | null;
  readonly database: string | null;
  readonly application: string;
  readonly client: string | null;
  /** Seconds since its last `state_change`. */
  readonly idleFor: number;
  /** What a rule said of it, which has earned it or was tried; null: it was idle for longer than the policy allows. */
  readonly prediction: Prediction | null;
  /** It was ended to see whether its client opens another: its rule had not earned it. */
  readonly isTrial: boolean;
  /** Its pool was opening sessions. */
  readonly isCulprit: boolean;
  /** So many sessions wait for its locks, and it was chosen for that. @default it was not */
  readonly blocks?: number;
  readonly outcome: Outcome;
}

/**
 * Why a session that idles was left alone:
 * - never ended, whatever the policy: `ours` (the guard's own), `superuser`, `replication`, `rds-role`, `listen` (its
 *   last statement was LISTEN), `advisory-lock` (holds one), `not-seen-whole` (the server hides a part of it)
 * - by the policy: `in-transaction` (no `idleInTransactionFor`), `only`, `except`, `keep-per-application`
 * - `too-young`: not idle for long enough for the slots left now
 * - `comes-back`: it has come back before, and twice its longest gap is not over
 * - `pool-refills`: its pool is paused, because it replaces sessions as fast as they are ended
 * - `other-pool`: its pool opens no sessions now, and there are still slots to be had from those that do
 * - `not-the-cause`: it is idle for long enough, but the sessions at work hold the level by themselves
 * - `control`: a rule may end it, but a few of these are held back, to go on measuring the rule
 * - `enough`: stale, but slots enough are free again without it
 * - `limit`: stale, but beyond `maxPerCheck` or `maxPerHour`
 */
export const REASONS_LEFT_ALONE = [
  'ours',
  'superuser',
  'replication',
  'rds-role',
  'listen',
  'advisory-lock',
  'not-seen-whole',
  'in-transaction',
  'only',
  'except',
  'keep-per-application',
  'too-young',
  'comes-back',
  'pool-refills',
  'other-pool',
  'not-the-cause',
  'control',
  'enough',
  'limit',
] as const;

/** One of {@link REASONS_LEFT_ALONE}. */
export type ReasonLeftAlone = (typeof REASONS_LEFT_ALONE)[number];

/** See {@link PausedPool}. */
export const pausedPool = v.object({
  ...pool.entries,
  /** How many sessions it had before it was cut. */
  before: count,
  /** When it was cut. */
  since: time,
  /** How many of its sessions were signalled then, and how many it has opened between that and the pause. */
  ended: count,
  opened: count,
  until: time,
});

/** A pool that reclaim leaves alone because it refills, so that ending its sessions gives no slot back. */
export type PausedPool = Readonly<v.InferOutput<typeof pausedPool>>;

const cutPool = v.object({
  ...pool.entries,
  /** When it was cut. */
  at: time,
  /** How many of its sessions were signalled. */
  ended: count,
  /** How many sessions it had before. */
  before: count,
  /** Sessions a second that it was opening anyway. */
  rate: v.pipe(v.number(), v.finite()),
  /** How many checks there were since. */
  checks: count,
});

/** A pool that was cut a moment ago; the next two checks see whether it refills. */
export type CutPool = Readonly<v.InferOutput<typeof cutPool>>;

/** See {@link ReclaimMemory}. */
export const reclaimMemory = v.object({
  /** Sessions signalled (or about to be), by minute: `minute` is the time at its start. */
  spent: list(v.object({ minute: time, count })),
  cut: list(cutPool),
  /** When the server was last found full or nearly so: no rate is measured then. */
  nearFullAt: v.optional(v.nullable(time), null),
  // Version 0.1.0 stored a pause in another form. It is dropped: it would have lasted for five minutes at most.
  paused: v.fallback(list(pausedPool), []),
});

/**
 * What reclaim needs to know of earlier checks and runs. Plain JSON, bounded: at most one entry for each of the last
 * 61 minutes, and 20 pools each.
 */
export type ReclaimMemory = Readonly<v.InferOutput<typeof reclaimMemory>>;

/** The memory of a database in which nothing was ever ended. */
export const emptyReclaimMemory: ReclaimMemory = { spent: [], cut: [], nearFullAt: null, paused: [] };

/** One pass of reclaim over one sample. */
export interface Reclamation {
  /** Ms since the epoch. */
  readonly at: number;
  readonly mode: 'dry-run' | 'terminate';
  /** The level it acted at. */
  readonly level: Level;
  /** Used slots when it began, and the count under which it would have stopped (`until`). */
  readonly used: number;
  readonly until: number;
  /** Sessions idle for longer than this many seconds counted as stale when it began (used once: {@link usedOnceIdleAge}). */
  readonly allowedIdleAge: number;
  /** The same for sessions that were used once and never again. */
  readonly usedOnceIdleAge: number;
  /** How many sessions were stale and not protected. */
  readonly candidates: number;
  readonly chosen: readonly ChosenSession[];
  /** How many idle sessions were left alone, by reason. */
  readonly leftAlone: Readonly<Partial<Record<ReasonLeftAlone, number>>>;
  /** Seconds that the longest idle of the sessions not protected has been idle; null when there is none. */
  readonly longestIdle: number | null;
  /** Which limit kept it from choosing more; null when none did. */
  readonly limitedBy: 'maxPerCheck' | 'maxPerHour' | null;
  /** The pools that were opening sessions: slots are taken from them first. */
  readonly culprits: readonly Pool[];
  /** False: the sessions at work hold the level by themselves, so only rules that have earned it acted. */
  readonly idleIsCause: boolean;
  /** Pools left alone because they refill what is ended. */
  readonly pausedPools: readonly PausedPool[];
  /** Why the pass broke off, bounded; null when it did not. A broken pass costs nothing else. */
  readonly failure: string | null;
}
