import type { Database } from '../config/database.ts';
import { atLeast, type Level } from '../model/level.ts';

/** The stretch of time in which a run may look at its databases, in ms since the epoch. */
export interface Window {
  readonly startsAt: number;
  /** No look begins after this. */
  readonly lastLookAt: number;
  /** A look still under way then is broken off. */
  readonly endsAt: number;
}

/** The schedule's period: the next run begins a minute after this one. */
const MINUTE = 60_000;

/**
 * How long a run may go on looking, under pressure. The rest of its minute is for the data points, so that the next run
 * does not find this one still there, its reserved concurrency taken.
 */
const LOOKING = 56_000;

/** Kept back of the time that Lambda leaves us: for the last look's alert, the memory, and PutMetricData. */
const RESERVE = 4_000;

/** What the last look has for itself: less is too little for a login, and a look broken off counts as failed. */
const LAST_LOOK = 4_000;

/** The window of a run that starts now and that Lambda ends in `remaining` ms. */
export function runWindow(now: number, remaining: number): Window {
  const endsAt = now + Math.max(0, Math.min(LOOKING, remaining - RESERVE));
  return { startsAt: now, lastLookAt: Math.max(now, endsAt - LAST_LOOK), endsAt };
}

/**
 * When the run looks at a database again; null when it is done with it.
 *
 * While all is well the looks of a run stand `sampleEvery` apart, counted from its start, and the next run's first look
 * continues the row: with 30 s a run looks at 0 and 30 s. From level warning on they stand `sampleEveryUnderPressure`
 * apart until the window ends. A look that took longer than the distance moves the next one, they never overlap.
 *
 * @param lastLookAt when the last look began.
 */
export function nextLook(
  policy: Pick<Database, 'sampleEvery' | 'sampleEveryUnderPressure'>,
  level: Level,
  lastLookAt: number,
  now: number,
  window: Window,
): number | null {
  if (atLeast(level, 'warning')) {
    const at = Math.max(now, lastLookAt + policy.sampleEveryUnderPressure * 1000);
    return at <= window.lastLookAt ? at : null;
  }
  const step = policy.sampleEvery * 1000;
  const at = window.startsAt + Math.ceil((Math.max(now, lastLookAt + 1) - window.startsAt) / step) * step;
  return at <= window.lastLookAt && at < window.startsAt + MINUTE ? at : null;
}
