import type { Style, StyleName } from './style.ts';

/** One column of the chart: a value, and the style to draw it in. */
export interface Bar {
  readonly value: number;
  readonly style: StyleName;
}

/** A horizontal line across the chart, with its label at the axis. */
export interface Mark {
  readonly value: number;
  readonly label: string;
  readonly style: StyleName;
}

/** What {@link chart} draws. */
export interface ChartInput {
  /** Oldest first; null leaves the column empty (nothing known, or not yet). */
  readonly bars: readonly (Bar | null)[];
  readonly marks: readonly Mark[];
  /** The value at the top edge. */
  readonly top: number;
  /** Lines to draw in. */
  readonly height: number;
  /** Columns for the labels at the left. */
  readonly labelWidth: number;
}

const EIGHTHS = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/** A chart of bars in eighths of a line, with marks drawn where no bar is. One string per line, top first. */
export function chart({ bars, marks, top, height, labelWidth }: ChartInput, style: Style): string[] {
  const markRows = new Map<number, Mark>();
  for (const mark of marks) markRows.set(rowOf(mark.value, top, height), mark);
  return Array.from({ length: height }, (_, line) => {
    const row = height - 1 - line;
    const mark = markRows.get(row);
    const label = mark ? style(mark.style, mark.label.padStart(labelWidth)) : ' '.repeat(labelWidth);
    const cells = bars.map((bar) => cell(bar, mark, eighthsIn(bar, row, top, height), style));
    return `${label} ${mark ? '┼' : '│'}${cells.join('')}`;
  });
}

/** The row (0 at the bottom) whose upper edge is nearest to a value. */
function rowOf(value: number, top: number, height: number): number {
  return Math.min(height - 1, Math.max(0, Math.round((value / top) * height) - 1));
}

/** How many eighths of a row a bar fills; any value above nothing shows at least one in the lowest row. */
function eighthsIn(bar: Bar | null | undefined, row: number, top: number, height: number): number {
  if (!bar || bar.value <= 0) return 0;
  const total = Math.max(1, Math.round((Math.min(bar.value, top) / top) * height * 8));
  return Math.min(8, Math.max(0, total - row * 8));
}

function cell(bar: Bar | null, mark: Mark | undefined, eighths: number, style: Style): string {
  if (bar && eighths > 0) return style(bar.style, EIGHTHS[eighths] ?? '█');
  return mark ? style(mark.style, '┈') : ' ';
}

/** One part of a {@link split}. */
export interface Part {
  readonly value: number;
  readonly glyph: string;
  readonly style: StyleName;
}

/** A bar of `width` columns in which every part has its share of `whole`; the rest is dots. */
export function split(parts: readonly Part[], whole: number, width: number, style: Style): string {
  let sum = 0;
  let drawn = 0;
  let bar = '';
  for (const part of parts) {
    sum += part.value;
    const end = whole <= 0 ? 0 : Math.min(width, Math.round((sum / whole) * width));
    // A part that is there shows, however small, as long as there is room.
    const columns = part.value > 0 ? Math.min(width - drawn, Math.max(1, end - drawn)) : 0;
    bar += style(part.style, part.glyph.repeat(columns));
    drawn += columns;
  }
  return bar + style('dim', '·'.repeat(width - drawn));
}
