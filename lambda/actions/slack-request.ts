import * as v from 'valibot';
import { parse, strict } from '../config/validation.ts';
import { chatProse } from '../report/delivery/slack-escape.ts';
import { duration } from '../shared/format.ts';
import type { Answer } from './answer.ts';
import type { Request } from './request.ts';

/** More lines than these are folded away in Slack. */
const MOST_LINES = 10;

/** Characters of one line, or of the text. */
const MAX_LINE = 500;

const schema = strict({
  slack: v.picklist(['holders', 'preview', 'acknowledge', 'mute', 'terminate']),
  database: v.string(),
});

/** What a button in Slack asks for. */
export type SlackRequest = v.InferOutput<typeof schema>;

/** Amazon Q fills in the database, and does not say which person pressed the button. */
const CALLER = 'somebody in the Slack channel';

/**
 * Reads what a button sends.
 *
 * @returns null when the event is not a button's.
 * @throws {ConfigurationError} with every mistake at once.
 */
export function readSlackRequest(event: unknown): Request | null {
  if (typeof event !== 'object' || event === null || !('slack' in event)) return null;
  const { slack: action, database } = parse(schema, event, 'the request');
  switch (action) {
    case 'mute':
      return { action, database, minutes: 60, by: CALLER };
    case 'terminate':
      return { action, database, sessions: 'as preview shows', by: CALLER };
    default:
      return { action, database, by: CALLER };
  }
}

/** What Slack shows of an answer: a sentence, and a few lines. Names are the server's: nothing in them is markup. */
export function slackReply({ text, view, reclaim }: Answer) {
  const lines =
    reclaim?.sessions.map(
      (session) => `${who(session)}, idle for ${duration(session.idleFor)}: ${session.why}`,
    ) ??
    view?.holders.map((holder) => `${holder.count} sessions, ${holder.idle} idle: ${who(holder)}`) ??
    [];
  const rest = lines.length - MOST_LINES;
  return {
    text: chatProse(text, MAX_LINE),
    ...(lines.length > 0 && {
      lines: [
        ...lines.slice(0, MOST_LINES).map((line) => chatProse(line, MAX_LINE)),
        ...(rest > 0 ? [`and ${rest} more`] : []),
      ],
    }),
  };
}

function who(of: {
  readonly application: string;
  readonly role: string | null;
  readonly client: string | null;
}) {
  const name = of.application === '' ? '(no application_name)' : of.application;
  return `${name} of ${of.role ?? '(no role)'} from ${of.client ?? 'a local socket'}`;
}
