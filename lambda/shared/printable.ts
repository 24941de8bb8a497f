// Names, application names and error texts come from anybody who can log in to the server, or who controls the network.
// Before they go anywhere (log, metric, email, chat, terminal), they are cleaned and shortened with this file.

/**
 * What must not reach a reader: control characters (C0, DEL, C1: newlines and terminal escapes among them), line and
 * paragraph separators, everything invisible (zero-width, bidirectional formatting as in Trojan Source, CVE-2021-42574,
 * tags, fillers) but the variation selectors that emoji are written with, and halves of characters.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]|(?![\ufe00-\ufe0f])\p{Default_Ignorable_Code_Point}/gu;

/**
 * One printable line: every unprintable character becomes `�`, and more than `max` characters (code points) are cut
 * and marked with `…`. Reads no more of the input than it needs, whatever its length.
 */
export function printable(text: string, max: number): string {
  // A code point takes at most two UTF-16 units, so this head holds at least max + 1 code points if the text does.
  const points = Array.from(text.slice(0, 2 * (max + 1)).replace(UNPRINTABLE, '\ufffd'));
  return points.length > max ? `${points.slice(0, Math.max(0, max - 1)).join('')}…` : points.join('');
}

/** A name of the server's as a sentence has it, quoted and cut at `max` characters: PostgreSQL's own limit is 63 bytes. */
export function named(name: string | null | undefined, max = 63): string {
  return name ? `"${printable(name, max)}"` : '(none)';
}
