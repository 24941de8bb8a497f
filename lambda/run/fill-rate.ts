import { type Observation, usableSlots } from '../model/observation.ts';

/** The rate is measured over so many ms, or to the sample before when that is longer ago. */
const WINDOW = 15_000;

/** A rate that was measured so long ago (ms) says nothing of now. */
const VALID_FOR = 120_000;

/** From this share of the usable slots on, logins are refused in between: arrivals are no longer what they would be. */
const NEAR_FULL = 0.95;

interface Point {
  readonly at: number;
  readonly used: number;
}

/**
 * Slots that fill up in a second, the fastest of the last quarter of a minute, so that a lump of sessions closed in between
 * hides nothing; null when it is not known. Not measured while the server refuses logins or is nearly full: then what was
 * measured on the way there stands.
 *
 * @param observations oldest first.
 */
export function fillRate(observations: readonly Observation[]): number | null {
  const end = observations.at(-1)?.at ?? 0;
  let points: Point[] = [];
  let rate: number | null = null;
  for (const observation of observations) {
    const { kind, at } = observation;
    if (kind === 'refused') points = [];
    if (kind !== 'sample' || end - at > VALID_FOR) continue;
    const { used, capacity } = observation;
    if (used >= NEAR_FULL * usableSlots(capacity)) {
      points = [];
      continue;
    }
    const before = points.filter((point, index) => at - point.at <= WINDOW || index === points.length - 1);
    const slopes = before.filter((point) => point.at < at).map((point) => slope(point, { at, used }));
    rate = slopes.length > 0 ? Math.max(0, ...slopes) : rate;
    points = [...before, { at, used }];
  }
  return rate;
}

/** Seconds until the server is full at the present rate; null when it does not fill up, or it cannot be told. */
export function secondsToFull(observations: readonly Observation[]): number | null {
  const last = observations.at(-1);
  if (last?.kind === 'refused') return 0;
  const rate = fillRate(observations);
  if (last?.kind !== 'sample' || rate === null || rate <= 0) return null;
  return Math.max(0, usableSlots(last.capacity) - last.used) / rate;
}

function slope(from: Point, to: Point): number {
  return (to.used - from.used) / ((to.at - from.at) / 1000);
}
