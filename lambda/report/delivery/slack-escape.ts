import { printable } from '../../shared/printable.ts';

// Slack reads & < > as control characters and wants exactly these three as entities ("Formatting text for app surfaces").
// Inside < > stand mentions and links, so without them neither can be made. For the rest there is no official escape:
// similar characters take their place.

/** One line of running text in which nothing of the chat's markup is left. */
export function chatProse(text: string, max: number): string {
  return entities(
    inert(printable(text, max))
      .replaceAll('*', '∗')
      .replaceAll('~', '∼')
      .replaceAll('](', '] (')
      // Slack makes italics only at the edges of a word: application_name stays as it is.
      .replace(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, 'ˍ')
      // :emoji:, but not the time of day.
      .replace(/:(?=[\w+'-]*[a-z][\w+'-]*:)/gi, '∶'),
  );
}

/** One line for inside a code block, which only backticks can end. */
export function chatFixed(line: string, max: number): string {
  return entities(inert(printable(line, max)));
}

/** A line to paste, or null when it cannot be shown exactly as it is. */
export function chatCode(line: string, max: number): string | null {
  const shown = printable(line, max);
  return shown !== line || /`|@(?:channel|here|everyone)/i.test(line) ? null : entities(line);
}

function inert(text: string): string {
  return text
    .replaceAll('`', "'")
    .replaceAll('://', '[:]//')
    .replace(/\bwww\./gi, 'www[.]')
    .replace(/@(?=channel|here|everyone)/gi, '＠');
}

function entities(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
