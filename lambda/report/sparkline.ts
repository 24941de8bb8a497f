import type { RecentSample } from '../memory.ts';

const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;

/** One column a minute. */
const COLUMNS = 30;
const COLUMN_MS = 60_000;

/**
 * The used slots of the last half hour, one column a minute: the highest reading of that minute, between no slot (the
 * lowest bar) and all usable ones (the highest). A minute without a reading is a space.
 */
export function sparkline(points: readonly RecentSample[], now: number): string {
  const columns: string[] = new Array(COLUMNS).fill(' ');
  const highest: number[] = new Array(COLUMNS).fill(-1);
  for (const { at, used, usable } of points) {
    const column = COLUMNS - 1 - Math.floor((now - at) / COLUMN_MS);
    const share = usable > 0 ? Math.min(1, used / usable) : 1;
    if (column < 0 || column >= COLUMNS || share <= (highest[column] ?? -1)) continue;
    highest[column] = share;
    columns[column] = BARS[Math.min(BARS.length - 1, Math.floor(share * BARS.length))] ?? ' ';
  }
  return columns.join('').trimStart();
}
