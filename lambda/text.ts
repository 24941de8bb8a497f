// Names, application names and error texts come from whoever can log in to the server (or stands between us and it).
// Every border they cross (log, metric, email, chat, terminal) bounds and cleans them with this file first.

/**
 * What must not reach a reader: control characters (C0, DEL, C1: newlines and terminal escapes among them), line and
 * paragraph separators, zero-width and bidirectional formatting characters (Trojan Source, CVE-2021-42574), tags, BOM.
 */
const UNPRINTABLE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this pattern is for
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]|\p{Surrogate}/gu;

/**
 * One printable line: every unprintable character becomes `�`, and more than `max` characters (code points) are cut
 * and marked with `…`. Reads no more of the input than it needs, whatever its length.
 */
export function printable(text: string, max: number): string {
  // A code point takes at most two UTF-16 units, so this head holds at least max + 1 code points if the text does.
  const points = Array.from(text.slice(0, 2 * (max + 1)).replace(UNPRINTABLE, '\ufffd'));
  return points.length > max ? `${points.slice(0, Math.max(0, max - 1)).join('')}…` : points.join('');
}
