import { duration } from '../../shared/format.ts';
import type { Alert } from './alert.ts';
import type { Block } from './block.ts';
import { sparkline } from './sparkline.ts';

/** A forecast from readings older than this would be of the past. Ms. */
const STALE = 15_000;

/** A sparkline of fewer readings shows nothing. */
const FEWEST_POINTS = 3;

/** The trend of the last half hour: the picture, and what it comes to. */
export function trendLines({ trend, slots, at, notice }: Alert): readonly Block[] {
  if (trend === null || slots === null || trend.points.length < FEWEST_POINTS) return [];
  const [first, last] = [trend.points[0], trend.points.at(-1)];
  if (first === undefined || last === undefined) return [];
  const over = duration((last.at - first.at) / 1000);
  return [
    {
      kind: 'fixed',
      lines: [
        `${sparkline(trend.points, at)}|`,
        `${first.used} to ${last.used} slots in ${over}; one column a minute, full height ${slots.usable}`,
      ],
    },
    { kind: 'text', text: verdict(trend, notice.level === 'full' || at - slots.seenAt > STALE) },
  ];
}

function verdict({ slope, fullIn, pace }: NonNullable<Alert['trend']>, isPast: boolean): string {
  if (isPast)
    return slope === null ? 'Too few readings to tell a trend.' : `Until the last look: ${changing(slope)}.`;
  if (pace !== null) {
    const end =
      pace.fullIn > 0 ? `at that pace no slot is left in ${duration(pace.fullIn)}` : 'no slot is left';
    return `Rising fast: ${pace.rise} slots in the last ${duration(pace.over)}; ${end}.`;
  }
  if (slope === null) return 'Too few readings yet to tell a trend.';
  if (fullIn === null) return 'No clear trend towards the limit.';
  const { likely, soonest, latest } = fullIn;
  const [first, last] = [duration(soonest), duration(latest)];
  const range = first === last ? '' : ` (${first} to ${last})`;
  return `Rising by ${slope.toFixed(1)} slots a minute: no slot is left in about ${duration(likely)}${range}.`;
}

function changing(slope: number): string {
  return `${slope < 0 ? 'falling' : 'rising'} by ${Math.abs(slope).toFixed(1)} slots a minute`;
}
