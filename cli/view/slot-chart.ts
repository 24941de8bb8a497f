import { chart } from '../terminal/chart.ts';
import type { Point, WatchEvent } from '../watch/frame.ts';
import { timeline } from '../watch/timeline.ts';
import type { Screen } from './screen.ts';

/** Columns left of the chart, for `critical 170`. */
const LABEL_WIDTH = 13;

/** The slots that the chart's lines stand at. */
export interface Lines {
  readonly usable: number;
  /** Where the levels begin. */
  readonly warning: number;
  readonly critical: number;
}

/** What a {@link slotChart} is drawn over. */
export interface Canvas {
  readonly height: number;
  readonly columns: number;
  /** The moment at the right edge, ms since the epoch. */
  readonly now: number;
  /** How the axis writes a moment: `21:03:12`. */
  readonly timeOfDay: (at: number) => string;
}

/** Used slots over time, against the thresholds and the end. */
export function slotChart(
  points: readonly Point[],
  events: readonly WatchEvent[],
  { usable, warning, critical }: Lines,
  { height, columns, now, timeOfDay }: Canvas,
  { style }: Screen,
): string[] {
  const width = Math.max(10, columns - LABEL_WIDTH - 2);
  const { bars, axis, marks } = timeline(points, events, { full: usable, width, now, timeOfDay }, style);
  const drawn = chart(
    {
      bars,
      top: usable,
      height,
      labelWidth: LABEL_WIDTH,
      marks: [
        { value: usable, label: `usable ${usable}`, style: 'redBright' },
        { value: warning, label: `warning ${warning}`, style: 'yellow' },
        { value: critical, label: `critical ${critical}`, style: 'red' },
      ],
    },
    style,
  );
  const indent = ' '.repeat(LABEL_WIDTH + 2);
  return [...drawn, ...(marks === null ? [] : [indent + marks]), indent + style('dim', axis)];
}
