import { printable } from '../../shared/printable.ts';

// Names as they may stand in what people paste.

/** Longer names than a server has; also keeps a statement from filling the message. */
const MAX_NAME = 63;

/**
 * May a name stand in a statement that people paste? Not when a reader could be shown something else than what is
 * pasted (control, bidirectional, cut or replaced characters), not with backtick or backslash (the one ends the code
 * block of a chat, the other means different things to different servers), not with what a shell would run between
 * double quotes (somebody will paste into the wrong window), and not with what a chat makes a mention or a link of.
 */
export function isPasteable(name: string): boolean {
  return (
    name !== '' &&
    name === printable(name, MAX_NAME) &&
    !/[`\\\ufffd\u2026]|\$\(/.test(name) &&
    // No-break and other odd spaces look like a plain one.
    !/[^\S ]/u.test(name) &&
    !/:\/\/|\bwww\.|@(?:channel|here|everyone)/i.test(name)
  );
}

/** A name as an SQL identifier, always quoted: that is right for every name, keywords included. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text as an SQL literal. Not for texts with a backslash: see {@link isPasteable}. */
export function quoteLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A text as one word of a POSIX shell. */
export function quoteShell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
