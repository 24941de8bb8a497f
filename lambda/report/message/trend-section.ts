import type { RecentSample } from '../../model/memory.ts';
import { usableSlots } from '../../model/observation.ts';
import { duration } from '../../shared/format.ts';
import type { Alert } from './alert.ts';
import type { Block } from './block.ts';
import { STALE } from './forecast.ts';

/** A sparkline of fewer samples shows nothing. */
const FEWEST_POINTS = 3;

/** The trend of the last half hour: a sparkline, and what it comes to. */
export function trendLines({ trend, snapshot, at, notification }: Alert): readonly Block[] {
  if (trend === null || snapshot === null || trend.points.length < FEWEST_POINTS) return [];
  const [first, last] = [trend.points[0], trend.points.at(-1)];
  if (first === undefined || last === undefined) return [];
  const over = duration((last.at - first.at) / 1000);
  return [
    {
      kind: 'fixed',
      lines: [
        `${sparkline(trend.points, at)}|`,
        `${first.used} to ${last.used} slots in ${over}; one column a minute, full height ${usableSlots(snapshot.capacity)}`,
      ],
    },
    { kind: 'text', text: classified(trend, notification.level === 'full' || at - snapshot.at > STALE) },
  ];
}

function classified({ slope, fullIn, pace }: NonNullable<Alert['trend']>, isPast: boolean): string {
  if (isPast)
    return slope === null ? 'Too few samples to tell a trend.' : `Until the last sample: ${changing(slope)}.`;
  if (pace !== null) {
    return `Rising fast: ${pace.rise} slots in the last ${duration(pace.over)}.`;
  }
  if (slope === null) return 'Too few samples yet to tell a trend.';
  if (fullIn === null) return 'No clear trend towards the limit.';
  const { likely, soonest, latest } = fullIn;
  const [first, last] = [duration(soonest), duration(latest)];
  const range = first === last ? '' : ` (${first} to ${last})`;
  return `Rising by ${slope.toFixed(1)} slots a minute: no slot is left in about ${duration(likely)}${range}.`;
}

function changing(slope: number): string {
  return `${slope < 0 ? 'falling' : 'rising'} by ${Math.abs(slope).toFixed(1)} slots a minute`;
}

const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;

/** One column a minute. */
const COLUMNS = 30;

const COLUMN_MS = 60_000;

/**
 * The used slots of the last half hour, one column a minute: the highest count of that minute, between no slot (the
 * lowest bar) and all usable ones (the highest). A minute without a sample is a space.
 */
export function sparkline(points: readonly RecentSample[], now: number): string {
  const minutesAgo = ({ at }: RecentSample) => Math.floor((now - at) / COLUMN_MS);
  return Array.from({ length: COLUMNS }, (_, column) =>
    bar(points.filter((point) => minutesAgo(point) === COLUMNS - 1 - column)),
  )
    .join('')
    .trimStart();
}

function bar(points: readonly RecentSample[]): string {
  if (points.length === 0) return ' ';
  const share = Math.max(...points.map(({ used, usable }) => (usable > 0 ? Math.min(1, used / usable) : 1)));
  return BARS[Math.min(BARS.length - 1, Math.floor(share * BARS.length))] ?? ' ';
}
