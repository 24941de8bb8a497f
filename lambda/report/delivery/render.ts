import { printable } from '../../shared/printable.ts';
import type { Alert, Surroundings } from '../message/alert.ts';
import type { Block } from '../message/block.ts';
import { bodyOf } from '../message/body.ts';
import { renderEmail } from './email.ts';
import { MAX_SUBJECT } from './limits.ts';
import { type ChatNotification, renderChat, threadIdOf } from './slack.ts';

/** Characters that the database's name may take of the subject, so that the figures are still in it. */
const MAX_NAME_IN_SUBJECT = 40;

/**
 * An alert in the forms that are sent. Pure.
 *
 * @throws {RangeError} when `timeZone` is not a time zone: check it where it is configured.
 */
export function renderAlert(alert: Alert, surroundings: Surroundings): RenderedAlert {
  const blocks = bodyOf(alert, surroundings).filter(isSendable);
  const subject = subjectOf(alert);
  return {
    subject,
    text: renderEmail(alert, blocks),
    chat: renderChat(alert, blocks, subject),
    threadId: threadIdOf(alert),
    attributes: {
      database: printable(alert.database, 100),
      level: alert.notification.level,
      kind: alert.notification.kind,
    },
  };
}

/** A link that could end its own markup, or lead elsewhere than to a web page, is left out. */
function isSendable(block: Block): boolean {
  return block.kind !== 'link' || /^https:\/\/[^\s<>|"`\p{C}]{1,2000}$/u.test(block.url);
}

/** One ASCII line: some of what stands between us and a reader still takes no more than that in a subject. */
function subjectOf(alert: Alert): string {
  const name = ascii(printable(alert.database, MAX_NAME_IN_SUBJECT));
  return cut(`${alert.word} ${name}: ${ascii(alert.headline)}`, MAX_SUBJECT);
}

function ascii(text: string): string {
  return text
    .replaceAll('…', '...')
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^ -~]/gu, '?');
}

function cut(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max - 3)}...`;
}

/** An alert in the forms that are sent. */
export interface RenderedAlert {
  /** One printable line under 100 characters (SNS limit). */
  readonly subject: string;
  /** The email: plain text in 72 columns. */
  readonly text: string;
  /** The chat message. */
  readonly chat: ChatNotification;
  /** Ties a recovery to its alert. */
  readonly threadId: string;
  /** SNS message attributes for filter policies. */
  readonly attributes: Readonly<Record<'database' | 'level' | 'kind', string>>;
}
