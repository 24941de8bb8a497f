// How many columns a text takes in a terminal, and how to make it fit. Styled text (ANSI colour) counts as it shows.

const STYLE_CODE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what begins a style
  /\u001b\[[0-9;]*m/y;

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Scripts whose characters take two columns (Unicode Standard Annex 11, East Asian Wide), and pictures. */
const WIDE =
  /^(?:\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}|[\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|\p{Extended_Pictographic}\ufe0f)/u;

/** Marks that a font draws over the character before. */
const NO_WIDTH = /^(?:\p{Mark}|\p{Default_Ignorable_Code_Point})+$/u;

interface Piece {
  readonly text: string;
  readonly width: number;
}

/** One grapheme or one style code at a time; style codes have no width. */
function* pieces(text: string): Generator<Piece> {
  let at = 0;
  while (at < text.length) {
    STYLE_CODE.lastIndex = at;
    const code = STYLE_CODE.exec(text)?.[0];
    if (code !== undefined) {
      yield { text: code, width: 0 };
      at += code.length;
      continue;
    }
    const nextCode = text.indexOf('\u001b', at + 1);
    const end = nextCode === -1 ? text.length : nextCode;
    for (const { segment } of graphemes.segment(text.slice(at, end))) {
      yield { text: segment, width: WIDE.test(segment) ? 2 : NO_WIDTH.test(segment) ? 0 : 1 };
    }
    at = end;
  }
}

/** The number of terminal columns that `text`, one line, takes. */
export function widthOf(text: string): number {
  let width = 0;
  for (const piece of pieces(text)) width += piece.width;
  return width;
}

/**
 * `text` in at most `columns` columns. What is too long ends in `…`; style codes are kept, so that a colour that was
 * begun is also ended.
 */
export function truncate(text: string, columns: number): string {
  if (columns <= 0) return '';
  if (widthOf(text) <= columns) return text;
  let room = columns - 1;
  let result = '';
  let cut = false;
  for (const piece of pieces(text)) {
    if (piece.width === 0) {
      if (!cut || piece.text.startsWith('\u001b')) result += piece.text;
    } else if (!cut && piece.width <= room) {
      room -= piece.width;
      result += piece.text;
    } else if (!cut) {
      cut = true;
      result += '…';
    }
  }
  return result;
}

/** `text` made exactly `columns` columns wide: cut when too long, filled with spaces when too short. */
export function pad(text: string, columns: number, align: 'left' | 'right' = 'left'): string {
  const fitted = truncate(text, columns);
  const fill = ' '.repeat(Math.max(0, columns - widthOf(fitted)));
  return align === 'left' ? fitted + fill : fill + fitted;
}

/**
 * Breaks one line at spaces into lines of at most `columns`, each indented as the first; a word that is longer is
 * broken at the edge.
 */
export function wrap(line: string, columns: number): string[] {
  const indent = /^ */.exec(line)?.[0] ?? '';
  const room = Math.max(1, columns - indent.length);
  const lines: string[] = [];
  let current = '';
  for (const word of line.slice(indent.length).split(' ')) {
    const joined = current === '' ? word : `${current} ${word}`;
    if (widthOf(joined) <= room) {
      current = joined;
      continue;
    }
    if (current !== '') lines.push(indent + current);
    const parts = broken(word, room);
    lines.push(...parts.slice(0, -1).map((part) => indent + part));
    current = parts.at(-1) ?? '';
  }
  lines.push(current === '' ? '' : indent + current);
  return lines;
}

/** `text` in parts of at most `columns` columns; a character that is wider by itself stands alone. */
function broken(text: string, columns: number): string[] {
  const parts: string[] = [];
  let current = '';
  let width = 0;
  for (const piece of pieces(text)) {
    if (width > 0 && width + piece.width > columns) {
      parts.push(current);
      [current, width] = ['', 0];
    }
    current += piece.text;
    width += piece.width;
  }
  return [...parts, current];
}
