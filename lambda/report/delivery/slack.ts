import type { ButtonContext } from '../message/action-commands.ts';
import type { Block, MessageHead } from '../message/block.ts';
import {
  MAX_CHAT_DESCRIPTION,
  MAX_CHAT_SUMMARY,
  MAX_CHAT_TITLE,
  MAX_CODE_LINE,
  MAX_FIXED_LINE,
  MAX_PROSE,
} from './limits.ts';
import { chatCode, chatFixed, chatProse } from './slack-escape.ts';

const FENCE = '```';

/** Stands at the end when something was too long. */
const CUT = 'More than fits here: the email has it all.';

/**
 * The message for Slack, through Amazon Q in chat applications.
 *
 * @param buttons what the buttons of the stack need. @default the message has none
 */
export function renderChat(
  head: MessageHead,
  blocks: readonly Block[],
  subject: string,
  buttons?: ButtonContext,
): ChatNotification {
  return {
    version: '1.0',
    source: 'custom',
    content: {
      textType: 'client-markdown',
      title: fitting(chatProse(subject, MAX_CHAT_TITLE), MAX_CHAT_TITLE),
      description: description(blocks),
      keywords: [head.word, fitting(chatProse(head.about, 60), MAX_CHAT_SUMMARY)],
    },
    metadata: {
      threadId: head.threadId,
      summary: fitting(chatProse(subject, MAX_CHAT_SUMMARY), MAX_CHAT_SUMMARY),
      eventType: head.kind,
      ...(buttons && { additionalContext: buttons }),
    },
  };
}

/** Whole blocks, as long as they fit: half a code block would swallow what follows it. */
function description(blocks: readonly Block[]): string {
  let text = '';
  let cut = false;
  for (const block of blocks) {
    const next = `${text}${text === '' ? '' : '\n'}${shown(block)}`;
    if (next.length + CUT.length + 1 <= MAX_CHAT_DESCRIPTION) text = next;
    else cut = true;
  }
  return cut ? `${text}\n${CUT}` : text;
}

function shown(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `\n*${chatProse(block.text, MAX_PROSE)}*`;
    case 'text':
      return chatProse(block.text, MAX_PROSE);
    case 'fields':
      return block.fields
        .map(([label, text]) => `*${chatProse(label, MAX_PROSE)}* ${chatProse(text, MAX_PROSE)}`)
        .join('\n');
    case 'fixed':
      return fenced(block.lines.map((line) => chatFixed(line, MAX_FIXED_LINE)));
    case 'code': {
      const lines = block.lines.map((line) => chatCode(line, MAX_CODE_LINE)).filter((line) => line !== null);
      return lines.length === block.lines.length
        ? fenced(lines)
        : 'Left out: a name that cannot be shown safely.';
    }
    case 'link':
      return `<${block.url}|${chatProse(block.label, MAX_PROSE)}>`;
  }
}

function fenced(lines: readonly string[]): string {
  return [FENCE, ...lines, FENCE].join('\n');
}

/** Escapes make a text longer; cut between them, never within one. */
function fitting(escaped: string, max: number): string {
  return escaped.length <= max ? escaped : escaped.slice(0, max).replace(/(?:&[a-z]*|[\ud800-\udbff])$/, '');
}

/**
 * A custom notification of Amazon Q Developer in chat applications (its administrator guide, "Custom notifications").
 * `version` and `source` are fixed words: with others nothing is shown.
 */
export interface ChatNotification {
  readonly version: '1.0';
  readonly source: 'custom';
  readonly content: {
    readonly textType: 'client-markdown';
    readonly title: string;
    readonly description: string;
    readonly keywords?: readonly string[];
  };
  readonly metadata: {
    readonly threadId: string;
    readonly summary: string;
    readonly eventType: string;
    /** Not shown: what the variables of custom actions are taken from. */
    readonly additionalContext?: ButtonContext;
  };
}
