import type { IBufferCell, Terminal } from '@xterm/headless';

// A terminal's screen as an SVG that looks the same wherever it is shown: a window of its own colours, readable on light
// and dark pages, with block characters drawn as shapes, for fonts leave gaps between them.

/** Size of a cell in SVG units. */
const CELL = { width: 8, height: 17 };

const PADDING = 14;

const BACKGROUND = '#0d1117';
const FOREGROUND = '#e6edf3';

/** The eight ANSI colours and their bright forms. */
const PALETTE = [
  '#484f58',
  '#ff7b72',
  '#3fb950',
  '#d29922',
  '#58a6ff',
  '#bc8cff',
  '#39c5cf',
  '#b1bac4',
  '#6e7681',
  '#ffa198',
  '#56d364',
  '#e3b341',
  '#79c0ff',
  '#d2a8ff',
  '#56d4dd',
  '#f0f6fc',
];

/** The opacity of shaded cells. */
const SHADES: Readonly<Record<string, number>> = { '░': 0.3, '▒': 0.55, '▓': 0.8 };

const EIGHTHS = '▁▂▃▄▅▆▇█';

/** The vertical line at the left of the chart. */
const AXIS = '│';

interface Run {
  readonly column: number;
  readonly text: string;
  readonly attributes: string;
}

/** Draws the rows `from` to `to` (not included) of the terminal's buffer. */
export function terminalSvg(terminal: Terminal, from: number, to: number, title: string): string {
  const width = terminal.cols * CELL.width + 2 * PADDING;
  const height = (to - from) * CELL.height + 2 * PADDING;
  const rows = Array.from({ length: to - from }, (_, row) => rowSvg(terminal, from + row, row));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${xml(title)}">`,
    `<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8" fill="${BACKGROUND}" stroke="#3d444d"/>`,
    `<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="13" fill="${FOREGROUND}" xml:space="preserve" shape-rendering="crispEdges">`,
    ...rows.filter((row) => row !== ''),
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

function rowSvg(terminal: Terminal, line: number, row: number): string {
  const cells = terminal.buffer.active.getLine(line);
  const runs: Run[] = [];
  for (let column = 0; column < terminal.cols; column += 1) {
    const cell = cells?.getCell(column);
    const text = cell?.getChars() ?? '';
    if (!cell || text.trim() === '') continue;
    const attributes = attributesOf(cell);
    const last = runs.at(-1);
    const gap = last === undefined ? -1 : column - last.column - last.text.length;
    // A run of text goes on over a single blank, one of a glyph that is drawn as long as the glyph is the same.
    const goesOn =
      isShape(text) || (last && isShape(last.text)) ? last?.text.endsWith(text) && gap === 0 : gap <= 1;
    if (last && last.attributes === attributes && gap >= 0 && goesOn)
      runs[runs.length - 1] = { ...last, text: last.text + ' '.repeat(gap) + text };
    else runs.push({ column, text, attributes });
  }
  return runs.map((run) => (isShape(run.text) ? shapeSvg(run, row) : textSvg(run, row))).join('');
}

function textSvg({ column, text, attributes }: Run, row: number): string {
  const x = PADDING + column * CELL.width;
  const y = PADDING + row * CELL.height + 13;
  return `<text x="${x}" y="${y}" textLength="${text.length * CELL.width}"${attributes}>${xml(text)}</text>`;
}

/** Is it drawn as a shape: a bar, a shade, or the axis? */
function isShape(text: string): boolean {
  const [glyph = ''] = text;
  return EIGHTHS.includes(glyph) || glyph in SHADES || glyph === AXIS;
}

/** A run of one glyph as one rectangle. */
function shapeSvg({ column, text, attributes }: Run, row: number): string {
  const [glyph = ''] = text;
  const bottom = PADDING + (row + 1) * CELL.height;
  const height = EIGHTHS.includes(glyph) ? (CELL.height * (EIGHTHS.indexOf(glyph) + 1)) / 8 : CELL.height;
  const left = PADDING + column * CELL.width + (glyph === AXIS ? CELL.width / 2 : 0);
  const width = glyph === AXIS ? 1 : text.length * CELL.width;
  const opacity = SHADES[glyph] === undefined ? '' : ` fill-opacity="${SHADES[glyph]}"`;
  return `<rect x="${left}" y="${bottom - height}" width="${width}" height="${height}"${attributes}${opacity}/>`;
}

function attributesOf(cell: IBufferCell): string {
  const colour = colourOf(cell);
  return [
    colour === FOREGROUND ? '' : ` fill="${colour}"`,
    cell.isBold() ? ' font-weight="bold"' : '',
    cell.isDim() ? ' opacity="0.65"' : '',
  ].join('');
}

function colourOf(cell: IBufferCell): string {
  return cell.isFgPalette() ? (PALETTE[cell.getFgColor()] ?? FOREGROUND) : FOREGROUND;
}

function xml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
