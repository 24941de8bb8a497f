import type { Database } from '../config/database.ts';
import { atLeast, type Level } from '../model/level.ts';

/** The stretch of time in which a run may sample its databases, in ms since the epoch. */
export interface Window {
  readonly startsAt: number;
  /** No sample begins after this; under pressure the last one may, by half a second, when the one before took so long. */
  readonly lastSampleAt: number;
  /** A sample still under way then is broken off. */
  readonly endsAt: number;
  /** What is not published then is published at once; later samples come with the data points of the next run. */
  readonly publishAt: number;
}

/** The schedule's period: the next run begins a minute after this one. */
const MINUTE = 60_000;

/** The schedule fires at most this late (ms); what seems later is another schedule, or a person. */
const LATE_BY = 5000;

/** The last sample begins this long (ms) before the next run, which takes over the session. */
const HAND_OVER = 1000;

/** Kept back for the data points before the last sample: two attempts at a request. */
const PUBLISHING = 3000;

/** However fast the server fills up, the next sample comes no sooner than this. */
const SHORTEST = 1000;

/** The last sample under pressure begins at most this late (ms), which leaves time to hand over the session. */
const LAST_LATE = HAND_OVER / 2;

/** The time that the last sample may take, in ms: less would be too short for a login. */
const LAST_SAMPLE = 4000;

/** When Lambda leaves us less than a minute, this much of it (ms) is kept for the last sample, data points and memory. */
const RESERVE = 8000;

/**
 * When the next run is expected. The schedule is regular, but sometimes fires some seconds late, so the least late of
 * the earlier runs shows when its minute begins.
 *
 * @param earlier when earlier runs of the same schedule began.
 */
export function nextRunAt(now: number, earlier: readonly number[]): number {
  const expected = earlier
    .map((at) => at + Math.ceil((now - at) / MINUTE) * MINUTE)
    .map((at) => (at <= now ? at + MINUTE : at))
    .filter((at) => at >= now + MINUTE - LATE_BY);
  return Math.min(now + MINUTE, ...expected);
}

/**
 * The window of a run that starts now and that Lambda ends in `remaining` ms: until shortly before the next run, so that
 * no database goes without a sample for more than a second besides what the schedule is late by.
 */
export function runWindow(now: number, remaining: number, nextRun: number): Window {
  const lambdaEndsAt = now + remaining;
  if (lambdaEndsAt < nextRun - HAND_OVER) {
    const lastSampleAt = Math.max(now, lambdaEndsAt - RESERVE);
    const endsAt = Math.max(now, Math.min(lastSampleAt + LAST_SAMPLE, lambdaEndsAt - PUBLISHING));
    return { startsAt: now, lastSampleAt, endsAt, publishAt: endsAt + HAND_OVER / 2 };
  }
  const lastSampleAt = nextRun - HAND_OVER;
  const endsAt = Math.min(lastSampleAt + LAST_SAMPLE, lambdaEndsAt - HAND_OVER / 2);
  return { startsAt: now, lastSampleAt, endsAt, publishAt: lastSampleAt - PUBLISHING };
}

/** The most ms between two samples while the server is full in `toFull` seconds (null: it does not fill up): half of that. */
export function longestPause(toFull: number | null): number {
  return toFull === null ? Number.POSITIVE_INFINITY : Math.max(SHORTEST, toFull * 500);
}

/**
 * When the run samples a database again; null when it is done with it.
 *
 * While all is well the samples of a run are `sampleEvery` apart, counted from its start, and the next run's first sample
 * continues the series: with 30 s a run samples at 0 and 30 s. From level warning on they are `sampleEveryUnderPressure`
 * apart, and the last one is taken at the end of the window, because the next run may be late by up to 5 s. At any level the
 * next sample comes no later than half of the time until the server is full, but no sooner than a second after the one
 * before. A sample that took longer than the distance moves the next one, they never overlap.
 *
 * @param lastSampleAt when the last sample began.
 * @param toFull seconds until the server is full; null when it does not fill up.
 */
export function nextSample(
  policy: Pick<Database, 'sampleEvery' | 'sampleEveryUnderPressure'>,
  level: Level,
  toFull: number | null,
  lastSampleAt: number,
  now: number,
  window: Window,
): number | null {
  const pressed = atLeast(level, 'warning');
  const filling = lastSampleAt + longestPause(toFull);
  const regular = pressed
    ? lastSampleAt + policy.sampleEveryUnderPressure * 1000
    : inStep(policy.sampleEvery * 1000, Math.max(now, lastSampleAt + 1), window.startsAt);
  const at = Math.max(now, Math.min(regular, filling));
  if (at <= window.lastSampleAt) return at;
  return pressed && now < window.lastSampleAt + LAST_LATE && lastSampleAt < window.lastSampleAt
    ? Math.max(now, window.lastSampleAt)
    : null;
}

/** The first moment from `from` on that lies a whole number of steps after `start`. */
function inStep(step: number, from: number, start: number): number {
  return start + Math.ceil((from - start) / step) * step;
}
