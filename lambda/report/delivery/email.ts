import { printable } from '../../shared/printable.ts';
import type { Block, MessageHead } from '../message/block.ts';
import { padEnd, wrap } from '../message/columns.ts';
import { MAX_CODE_LINE, MAX_FIXED_LINE, MAX_PROSE } from './limits.ts';

/** What every mail reader shows without breaking lines by itself. */
const WIDTH = 72;

/** Column where the texts of labelled fields begin. */
const FIELD = 11;

/**
 * The message as plain text in {@link WIDTH} columns; what the subject says is not said again. Only pasted code may be wider: a host name or an ARN cannot be
 * broken.
 */
export function renderEmail({ threadId }: MessageHead, blocks: readonly Block[]): string {
  const body = blocks.flatMap((block) => (block.kind === 'heading' ? ['', ...lines(block)] : lines(block)));
  const foot = ['', `Thread ${plain(threadId, MAX_FIXED_LINE)}`].flatMap((line) => wrap(line, WIDTH));
  return `${[...body, ...foot].join('\n').trimStart()}\n`;
}

function lines(block: Block): readonly string[] {
  switch (block.kind) {
    case 'heading':
      return wrap(plain(block.text, MAX_PROSE).toUpperCase(), WIDTH);
    case 'text':
      return wrap(plain(block.text, MAX_PROSE), WIDTH);
    case 'fields':
      return block.fields.flatMap(([label, text]) =>
        wrap(plain(text, MAX_PROSE), WIDTH - FIELD).map(
          (line, index) => padEnd(index === 0 ? label : '', FIELD) + line,
        ),
      );
    case 'fixed':
      return block.lines.map((line) => `  ${plain(line, MAX_FIXED_LINE)}`.trimEnd());
    case 'code':
      return isSafeCode(block.lines) ? block.lines.map((line) => `    ${line}`) : [];
    case 'link':
      return [`${block.label}:`, `  ${block.url}`];
  }
}

/** Nothing is pasted that reads otherwise than it is. */
function isSafeCode(code: readonly string[]): boolean {
  return code.every((line) => line === printable(line, MAX_CODE_LINE));
}

/**
 * One clean line. Mail readers make links of what looks like one, and no address in a name is ours: `://` and `www.`
 * are broken as security people write them.
 */
function plain(text: string, max: number): string {
  return printable(text, max)
    .replaceAll('://', '[:]//')
    .replace(/\bwww\./gi, 'www[.]');
}
