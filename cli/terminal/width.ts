import { createRequire } from 'node:module';

/** Loads the two libraries at the first text that needs them: with Unicode's data they take longer to load than a sample. */
const require = createRequire(import.meta.url);
const stringWidth = () => (require('string-width') as typeof import('string-width')).default;
const wrapAnsi = () => (require('wrap-ansi') as typeof import('wrap-ansi')).default;

/** Text of ASCII and of what bars and charts are drawn with: each character takes one column. */
const PLAIN = /^[ -~\u00b7\u2026\u2500-\u259f]*$/;

let graphemes: Intl.Segmenter | undefined;

/** What begins a style; in parentheses, so that `split` gives text and styles in turn. */
const STYLES =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what begins a style
  /(\u001b\[[0-9;]*m)/;

/** The number of terminal columns that `text`, one line, takes; ANSI colour takes none. */
export function widthOf(text: string): number {
  const bare = text
    .split(STYLES)
    .filter((_part, index) => index % 2 === 0)
    .join('');
  return PLAIN.test(bare) ? bare.length : stringWidth()(text);
}

/**
 * `text` in at most `columns` columns. What is too long ends in `…`; style codes are kept, so that a colour that was
 * begun is also ended. Our own: cli-truncate 5.2 lets a wide character stand half beyond the edge.
 */
export function truncate(text: string, columns: number): string {
  if (columns <= 0) return '';
  if (widthOf(text) <= columns) return text;
  graphemes ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  let room = columns - 1;
  let result = '';
  for (const part of text.split(STYLES)) {
    if (STYLES.test(part)) {
      result += part;
      continue;
    }
    for (const { segment } of room < 0 ? [] : graphemes.segment(part)) {
      room -= widthOf(segment);
      result += room < 0 ? '…' : segment;
      if (room < 0) break;
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
  if (widthOf(line) <= columns) return [line];
  return wrapAnsi()(line.slice(indent.length), room, { hard: true })
    .split('\n')
    .map((part) => (part === '' ? '' : indent + part));
}
