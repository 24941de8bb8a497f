import type { RecentSample } from '../../model/memory.ts';

const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;

/** One column a minute. */
const COLUMNS = 30;
const COLUMN_MS = 60_000;

/**
 * The used slots of the last half hour, one column a minute: the highest reading of that minute, between no slot (the
 * lowest bar) and all usable ones (the highest). A minute without a reading is a space.
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
