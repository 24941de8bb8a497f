import type { RecentSample } from '../../model/memory.ts';
import type { Trend } from './alert.ts';

/** A forecast from samples older than this would be of the past. Ms. */
export const STALE = 15_000;

/** Fewer samples than this say nothing reliable of a slope (simulated with noise and bursts). */
const FEWEST_READINGS = 20;

/** Slots a minute below which growth is not worth a forecast. */
const LEAST_SLOPE = 0.1;

/** Share of usable below which a forecast of the end is guesswork. */
const LEAST_UTILISATION = 0.4;

/** A fall by more than this share is a deploy or a failover: what was before does not count. */
const BREAK = 0.3;

/** The normal deviate of a two-sided 90 % band. */
const BAND = 1.645;

/** A rise by this share of usable within {@link FAST_WINDOW} is told as a pace of its own: a leak takes a minute. */
const FAST_RISE = 0.1;
const FAST_WINDOW = 120_000;

/**
 * The trend of the samples: the median of all pairwise slopes (Theil-Sen), which bursts do not bend, with Sen's rank
 * band (Gilbert, Statistical Methods for Environmental Pollution Monitoring, 16.4). Says nothing rather than guess.
 */
export function trendOf(recent: readonly RecentSample[]): Trend {
  const points = sinceBreak(recent);
  const slopes = pairwiseSlopes(points);
  const slope = points.length < FEWEST_READINGS ? null : at(slopes, 0.5);
  return {
    points: recent,
    slope,
    fullIn: slope === null ? null : fullIn(points, slopes, slope),
    pace: pace(recent),
  };
}

function fullIn(points: readonly RecentSample[], slopes: readonly number[], slope: number): Trend['fullIn'] {
  const n = points.length;
  const spread = BAND * Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18);
  const low = at(slopes, 0.5 - spread / 2 / slopes.length);
  const high = at(slopes, 0.5 + spread / 2 / slopes.length);
  const usable = points.at(-1)?.usable ?? 0;
  const level = medianUsed(points.slice(-3));
  if (slope <= LEAST_SLOPE || low <= 0 || level < usable * LEAST_UTILISATION || level >= usable) return null;
  const seconds = (perMinute: number) => ((usable - level) / perMinute) * 60;
  return { likely: seconds(slope), soonest: seconds(high), latest: seconds(low) };
}

function pace(recent: readonly RecentSample[]): Trend['pace'] {
  const last = recent.at(-1);
  const first = last && recent.find(({ at: then }) => last.at - then <= FAST_WINDOW && then < last.at);
  if (!last || !first || last.used - first.used < Math.max(5, last.usable * FAST_RISE)) return null;
  const over = (last.at - first.at) / 1000;
  const rise = last.used - first.used;
  return { rise, over, fullIn: (Math.max(0, last.usable - last.used) / rise) * over };
}

/** Medians of three on both sides: a burst that ends is no break. */
function sinceBreak(recent: readonly RecentSample[]): readonly RecentSample[] {
  const broken = recent.findLastIndex(
    (_, index) =>
      index > 0 &&
      medianUsed(recent.slice(index, index + 3)) <
        medianUsed(recent.slice(Math.max(0, index - 3), index)) * (1 - BREAK),
  );
  return recent.slice(Math.max(0, broken));
}

function medianUsed(points: readonly RecentSample[]): number {
  return at(
    points.map(({ used }) => used).sort((a, b) => a - b),
    0.5,
  );
}

function pairwiseSlopes(points: readonly RecentSample[]): number[] {
  return points
    .flatMap((a, index) =>
      points.slice(index + 1).map((b) => ((b.used - a.used) / Math.max(1, b.at - a.at)) * 60_000),
    )
    .sort((a, b) => a - b);
}

/** The value at a share of the way through sorted values; 0 of none. */
function at(sorted: readonly number[], share: number): number {
  const index = Math.min(sorted.length - 1, Math.max(0, Math.round(share * (sorted.length - 1))));
  return sorted[index] ?? 0;
}
