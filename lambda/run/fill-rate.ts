import { type Observation, usableSlots } from '../model/observation.ts';
import type { SampledSession } from '../model/sampled-session.ts';

/** The rate is measured over so many ms, or to the sample before when that is longer ago. */
const WINDOW = 15_000;

/** A rate that was measured longer ago than this (ms) is out of date. */
const VALID_FOR = 120_000;

/** From this share of the usable slots on, some logins are refused, so arrivals no longer show how many clients come. */
const NEAR_FULL = 0.95;

/** An observation without its sessions, and what followed from them. */
export interface Watched {
  readonly observation: Observation;
  /** Sessions that the guard ended right after it. */
  readonly ended: number;
  /** Sessions that were opened since the one before and are still there; null where that is not known. */
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
 * How many slots fill up in a second; null when it is not known. It is the fastest rate between any two samples of the last
 * 15 s, so that sessions closed all at once do not hide the rise. Sessions that the guard ended count as if they were still
 * there, because new ones take their place. Sessions opened between two samples and still open count too: they show how fast
 * the server fills between two such closings. After a refused sample, or one that is nearly full, nothing is measured,
 * because refused logins would falsify the rate: the rate measured before is kept.
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

/** Seconds until the server is full at the present rate; null when it does not fill up, or that is not known. */
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
