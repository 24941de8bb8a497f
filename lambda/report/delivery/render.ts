import { atLeast } from '../../model/level.ts';
import { counted } from '../../shared/format.ts';
import { printable } from '../../shared/printable.ts';
import { buttonContext } from '../message/action-commands.ts';
import type { Alert, Surroundings } from '../message/alert.ts';
import type { Block, MessageHead } from '../message/block.ts';
import { bodyOf } from '../message/body.ts';
import { bodyOfSeveral, severalHeadline } from '../message/several.ts';
import { headline, wordOf } from '../message/subject.ts';
import { documentOf, type MachineDocument } from './document.ts';
import { renderEmail } from './email.ts';
import { MAX_FIXED_LINE, MAX_SUBJECT } from './limits.ts';
import { type ChatNotification, renderChat } from './slack.ts';

/** Characters that the database's name may take of the subject, so that the figures are still in it. */
const MAX_NAME_IN_SUBJECT = 40;

/**
 * One message that tells one alert, or several of the same kind, in the forms that are sent. Pure.
 *
 * @throws {RangeError} when `timeZone` is not a time zone: check it where it is configured.
 */
export function renderAlerts(alerts: readonly Alert[], surroundings: Surroundings): RenderedAlert {
  const [first] = alerts;
  if (first === undefined) throw new RangeError('no alert to render');
  const several = alerts.length > 1;
  const names = [...new Set(alerts.map(({ database }) => database.name))];
  const { kind, at } = first.notification;
  const levels = alerts.map(({ notification }) => notification.level);
  const level = levels.reduce((worst, other) => (atLeast(other, worst) ? other : worst));
  const head: MessageHead = {
    kind,
    word: wordOf(first.notification),
    about: names.length > 1 ? counted(names.length, 'database') : first.database.name,
    headline: several ? severalHeadline(alerts) : headline(first),
    threadId: printable(several ? `several-${kind}-${at}` : first.notification.threadId, MAX_FIXED_LINE),
  };
  const blocks = (several ? bodyOfSeveral(alerts, surroundings) : bodyOf(first, surroundings)).filter(
    isSendable,
  );
  const subject = subjectOf(head);
  return {
    subject,
    text: renderEmail(head, blocks),
    chat: renderChat(head, blocks, subject, several ? undefined : buttonContext(first, surroundings)),
    document: documentOf(alerts, surroundings),
    attributes: { database: names.map((name) => printable(name, 100)), level, kind },
  };
}

/** A link that could end its own markup, or lead elsewhere than to a web page, is left out. */
function isSendable(block: Block): boolean {
  return block.kind !== 'link' || /^https:\/\/[^\s<>|"`\p{C}]{1,2000}$/u.test(block.url);
}

/** One ASCII line: some of what stands between us and a reader still takes no more than that in a subject. */
function subjectOf({ word, about, headline: rest }: MessageHead): string {
  return cut(`${word} ${ascii(printable(about, MAX_NAME_IN_SUBJECT))}: ${ascii(rest)}`, MAX_SUBJECT);
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

/** A message in the forms that are sent. */
export interface RenderedAlert {
  /** One printable line under 100 characters (SNS limit). */
  readonly subject: string;
  /** The email: plain text in 72 columns. */
  readonly text: string;
  /** What machines read. */
  readonly document: MachineDocument;
  /** The chat message. */
  readonly chat: ChatNotification;
  /** SNS message attributes for filter policies: the databases that the message is about, and what it says of them. */
  readonly attributes: {
    readonly database: readonly string[];
    readonly level: string;
    readonly kind: string;
  };
}
