import { printable } from '../../lambda/shared/printable.ts';
import { type Style, styleFor, wantsColour } from '../terminal/style.ts';
import { type Column, table } from '../terminal/table.ts';
import { truncate, wrap } from '../terminal/width.ts';

/** What a view is drawn on. */
export interface Screen {
  readonly style: Style;
  /** Columns to draw in; null: as many as it takes, for a pipe cuts nothing. */
  readonly width: number | null;
}

/** Columns of a bar where nothing limits it. */
const PIPE_WIDTH = 80;

/** What terminals had when they were made of glass, and still the least that programs expect. */
const UNKNOWN_WIDTH = 80;

/** The screen that a stream is. */
export function screenOf(stream: NodeJS.WriteStream): Screen {
  return {
    style: styleFor(wantsColour(stream)),
    // A terminal that knows no size (docker exec -t, script) says 0.
    width: stream.isTTY ? stream.columns || UNKNOWN_WIDTH : null,
  };
}

/** The columns to draw a bar or a chart in. */
export function drawingWidth({ width }: Screen): number {
  return width ?? PIPE_WIDTH;
}

/** A table whose lines fit the screen. */
export function fittedTable(
  { width }: Screen,
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): string[] {
  return fitted(width, table(columns, rows));
}

/** Lines cut at the edge of the screen. */
export function fitted(width: number | null, lines: readonly string[]): string[] {
  return width === null ? [...lines] : lines.map((line) => truncate(line, width));
}

/** A sentence on as many lines as it takes. */
export function wrapped({ width }: Screen, line: string): string[] {
  return width === null ? [line] : wrap(line, width);
}

/** A name from the server as it may be shown: cleaned, bounded, and `(none)` where there is none. */
export function shown(name: string | null, max = 32): string {
  return name === null || name === '' ? '(none)' : printable(name, max);
}
