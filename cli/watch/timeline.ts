import type { Bar } from '../terminal/chart.ts';
import { levelStyle, type Style } from '../terminal/style.ts';
import type { Point, WatchEvent } from './frame.ts';

/** Seconds that one column may stand for. */
const SCALES = [1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200];

/** Columns between two labels of the axis, at least. */
const LABEL_EVERY = 12;

/** The history of a watch laid out over the columns of a chart. */
export interface Timeline {
  /** One for each column; null: nothing known. */
  readonly bars: readonly (Bar | null)[];
  /** Times of day below the chart. */
  readonly axis: string;
  /** `▲` where a message was due, `✕` where sessions were ended; null when there is none to mark. */
  readonly marks: string | null;
}

/** What a {@link Timeline} is laid out over. */
export interface Extent {
  /** The value of a refusal, which has none of its own: every usable slot. */
  readonly full: number;
  readonly width: number;
  /** The moment at the right edge, ms since the epoch. */
  readonly now: number;
  /** How the axis writes a moment: `21:03:12`. */
  readonly timeOfDay: (at: number) => string;
}

/**
 * Lays out `points` so that equal widths are equal times, the newest at the right edge, at the finest scale that shows all
 * of them. A column shows the worst that was true in its time; a sample holds until the next.
 *
 */
export function timeline(
  points: readonly Point[],
  events: readonly WatchEvent[],
  { full, width, now, timeOfDay }: Extent,
  style: Style,
): Timeline {
  const span = (now - (points[0]?.at ?? now)) / 1000;
  const scale = SCALES.find((seconds) => seconds * width > span) ?? Math.ceil(span / width) + 1;
  // Whole columns of the clock, so that what stands in one does not move to its neighbour from sample to sample.
  const lastColumn = Math.floor(now / 1000 / scale);
  const columnOf = (at: number) => width - 1 - (lastColumn - Math.floor(at / 1000 / scale));
  const bars: (Bar | null)[] = Array.from({ length: width }, () => null);
  for (const [index, { at, used, level }] of points.entries()) {
    if (level === null) continue;
    const until = columnOf((points[index + 1]?.at ?? now + 1) - 1);
    const value = used ?? full;
    for (let column = Math.max(0, columnOf(at)); column <= Math.min(until, width - 1); column += 1) {
      if ((bars[column]?.value ?? -1) <= value) bars[column] = { value, style: levelStyle(level) };
    }
  }
  const timeAt = (column: number) => (lastColumn - (width - 1 - column)) * scale * 1000;
  return {
    bars,
    axis: axisOf(width, scale, timeAt, timeOfDay),
    marks: marksOf(events, width, columnOf, style),
  };
}

/** A label at every whole multiple of a round time, as many as there is room for. */
function axisOf(
  width: number,
  scale: number,
  timeAt: (column: number) => number,
  timeOfDay: Extent['timeOfDay'],
): string {
  const step = (SCALES.find((seconds) => seconds / scale >= LABEL_EVERY) ?? scale * LABEL_EVERY) * 1000;
  let line = '';
  for (let column = 0; column < width; column += 1) {
    const at = timeAt(column);
    if (at % step >= scale * 1000 || line.length > column) continue;
    const label = `╵${step < 60_000 ? timeOfDay(at) : timeOfDay(at).slice(0, 5)}`;
    if (column + label.length <= width) line = `${line.padEnd(column)}${label} `;
  }
  return line.trimEnd();
}

function marksOf(
  events: readonly WatchEvent[],
  width: number,
  columnOf: (at: number) => number,
  style: Style,
): string | null {
  const cells: string[] = Array.from({ length: width }, () => ' ');
  for (const { at, kind } of events) {
    const column = columnOf(at);
    if (column < 0 || column >= width) continue;
    if (kind === 'reclaim') cells[column] = style('green', '✕');
    if (kind === 'alert') cells[column] = style('yellow', '▲');
  }
  return cells.every((cell) => cell === ' ') ? null : cells.join('').trimEnd();
}
