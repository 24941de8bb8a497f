import type { Database } from '../config/database.ts';
import { atLeast, type Level } from '../model/level.ts';

/** The stretch of time in which a run may sample its databases, in ms since the epoch. */
export interface Window {
  readonly startsAt: number;
  /** No sample begins after this. */
  readonly lastSampleAt: number;
  /** A sample still under way then is broken off. */
  readonly endsAt: number;
}

/** The schedule's period: the next run begins a minute after this one. */
const MINUTE = 60_000;

/**
 * How long a run may go on sampling, under pressure. The rest of its minute is for the data points, so that the next run
 * does not find this one still there, its reserved concurrency taken.
 */
const SAMPLING = 56_000;

/** Kept back of the time that Lambda leaves us: for the last sample's alert, the memory, and PutMetricData. */
const RESERVE = 4_000;

/** What the last sample has for itself: less is too little for a login, and a sample broken off counts as failed. */
const LAST_SAMPLE = 4_000;

/** The window of a run that starts now and that Lambda ends in `remaining` ms. */
export function runWindow(now: number, remaining: number): Window {
  const endsAt = now + Math.max(0, Math.min(SAMPLING, remaining - RESERVE));
  return { startsAt: now, lastSampleAt: Math.max(now, endsAt - LAST_SAMPLE), endsAt };
}

/**
 * When the run samples a database again; null when it is done with it.
 *
 * While all is well the samples of a run stand `sampleEvery` apart, counted from its start, and the next run's first sample
 * continues the row: with 30 s a run samples at 0 and 30 s. From level warning on they stand `sampleEveryUnderPressure`
 * apart until the window ends. A sample that took longer than the distance moves the next one, they never overlap.
 *
 * @param lastSampleAt when the last sample began.
 */
export function nextSample(
  policy: Pick<Database, 'sampleEvery' | 'sampleEveryUnderPressure'>,
  level: Level,
  lastSampleAt: number,
  now: number,
  window: Window,
): number | null {
  if (atLeast(level, 'warning')) {
    const at = Math.max(now, lastSampleAt + policy.sampleEveryUnderPressure * 1000);
    return at <= window.lastSampleAt ? at : null;
  }
  const step = policy.sampleEvery * 1000;
  const at = window.startsAt + Math.ceil((Math.max(now, lastSampleAt + 1) - window.startsAt) / step) * step;
  return at <= window.lastSampleAt && at < window.startsAt + MINUTE ? at : null;
}
