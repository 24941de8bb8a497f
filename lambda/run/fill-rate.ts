import { type Observation, usableSlots } from '../model/observation.ts';
import type { SampledSession } from '../model/sampled-session.ts';

/** The rate is measured over so many ms, or to the sample before when that is longer ago. */
const WINDOW = 15_000;

/** A rate that was measured so long ago (ms) says nothing of now. */
const VALID_FOR = 120_000;

/** From this share of the usable slots on, logins are refused in between: arrivals are no longer what they would be. */
const NEAR_FULL = 0.95;

/** An observation without its sessions, and what followed from them. */
export interface Watched {
  readonly observation: Observation;
  /** Sessions that the guard ended right after it. */
  readonly ended: number;
  /** Sessions that were opened since the one before and are still there; null where that cannot be told. */
  readonly arrived: number | null;
  /** When it was made, by the server's clock in microseconds; null where that is not known. */
  readonly serverTime: number | null;
}

/** Observations kept: at the shortest distance they reach back a minute. */
const KEPT = 60;

/** The last observations with one more. */
export function withObservation(
  watched: readonly Watched[],
  observation: Observation,
  ended: number,
): readonly Watched[] {
  const sessions = observation.kind === 'sample' ? observation.sessions : null;
  const since = watched.at(-1)?.serverTime ?? null;
  const isNew = ({ startedAt }: SampledSession) => since !== null && startedAt > since;
  const arrived = sessions === null || since === null ? null : sessions.sessions.filter(isNew).length;
  const serverTime = sessions?.at ?? null;
  return [...watched, { observation: withoutSessions(observation), ended, arrived, serverTime }].slice(-KEPT);
}

/** An observation to be kept: the sessions of a large server would fill the memory of the function. */
export function withoutSessions(observation: Observation): Observation {
  return observation.kind === 'sample' ? { ...observation, sessions: null } : observation;
}

interface Point {
  readonly at: number;
  /** Slots that would be used had the guard ended none of the sessions since. */
  readonly used: number;
}

/**
 * Slots that fill up in a second: the fastest between any two samples of the last quarter of a minute, so that a lump of
 * sessions closed in between hides nothing, and sessions that the guard ended counted as if they were still there: it is
 * what comes that fills the server again. Where sessions are closed in lumps all along, what came between two samples and
 * stayed shows how fast it fills up until the next lump. Null when it is not known. Nothing is measured from a sample on that was refused
 * or nearly full, for refused logins are no rate: then what was measured on the way there stands.
 *
 * @param watched oldest first.
 */
export function fillRate(watched: readonly Watched[]): number | null {
  const end = watched.at(-1)?.observation.at ?? 0;
  let points: Point[] = [];
  let slopes: { readonly at: number; readonly rate: number }[] = [];
  let gone = 0;
  for (const { observation, ended, arrived } of watched) {
    const { kind, at } = observation;
    const goneBefore = gone;
    gone += ended;
    if (kind === 'refused') points = [];
    if (kind !== 'sample' || end - at > VALID_FOR) continue;
    const point = { at, used: observation.used + goneBefore };
    const isNearFull = observation.used >= NEAR_FULL * usableSlots(observation.capacity);
    const before = points.filter((one, index) => at - one.at <= WINDOW || index === points.length - 1);
    const earlier = before.filter((one) => one.at < at);
    const last = earlier.at(-1);
    const arrivals = last && arrived !== null ? (arrived * 1000) / (at - last.at) : 0;
    const found = earlier.map((one) => ({ at, rate: Math.max(arrivals, slope(one, point)) }));
    const stands = found.length === 0 || isNearFull ? slopes : slopes.filter((one) => at - one.at <= WINDOW);
    slopes = [...stands, ...found];
    points = isNearFull ? [] : [...before, point];
  }
  return slopes.length === 0 ? null : Math.max(...slopes.map(({ rate }) => rate));
}

/** Seconds until the server is full at the present rate; null when it does not fill up, or it cannot be told. */
export function secondsToFull(watched: readonly Watched[]): number | null {
  const { observation: last, ended = 0 } = watched.at(-1) ?? {};
  if (last?.kind === 'refused') return 0;
  const rate = fillRate(watched);
  if (last?.kind !== 'sample' || rate === null || rate <= 0) return null;
  return Math.max(0, usableSlots(last.capacity) - last.used + ended) / rate;
}

function slope(from: Point, to: Point): number {
  return (to.used - from.used) / ((to.at - from.at) / 1000);
}
