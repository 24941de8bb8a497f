import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import { renderEmail } from '../report/delivery/email.ts';
import { MAX_SUBJECT } from '../report/delivery/limits.ts';
import { renderChat } from '../report/delivery/slack.ts';
import type { Block, MessageHead } from '../report/message/block.ts';
import { counted } from '../shared/format.ts';
import { printable } from '../shared/printable.ts';
import type { Entry } from './entry.ts';
import type { Fleet, Problem } from './fleet.ts';

/** The most lines in one notification; the rest is counted. */
const MOST_LINES = 50;

/** What came and went, in a line for each cluster: `2 readers added to shop`. */
export function linesOf(
  added: readonly Entry[],
  removed: readonly Entry[],
  { parts }: Pick<Fleet, 'parts'>,
): readonly string[] {
  const came = added.map((entry) => {
    const part = parts.get(entry.discovered.resourceId) ?? 'instance';
    return { ...homeOf(entry), part, verb: 'added to' };
  });
  const went = removed.map((entry) => ({ ...homeOf(entry), part: 'instance', verb: 'removed from' }));
  const counts = new Map<string, { count: number; readonly part: string; readonly end: string }>();
  const single: string[] = [];
  for (const { cluster, name, part, verb } of [...came, ...went]) {
    if (cluster === null) single.push(`${name} ${verb.split(' ')[0]}`);
    else {
      const end = `${verb} ${cluster}`;
      const group = counts.get(`${part} ${end}`) ?? { count: 0, part, end };
      group.count += 1;
      counts.set(`${part} ${end}`, group);
    }
  }
  const grouped = [...counts.values()].map(({ count, part, end }) => `${counted(count, part)} ${end}`);
  return [...grouped, ...single];
}

/** What people read of a problem. */
export function lineOf({ name, problem, remedy }: Problem): string {
  return printable(`${name}: ${problem}. Remedy: ${remedy}`, 400);
}

/** The news that have not been sent yet and some more, up to a bound. */
export function withNews(news: readonly string[], more: readonly string[]): string[] {
  return [...news, ...more].slice(0, 10 * MOST_LINES);
}

/**
 * Tells people what discovery changed, as one message.
 *
 * @throws the SDK's error when SNS did not say that it took the message.
 */
export async function publishNews(
  client: SNSClient,
  topicArn: string,
  news: readonly string[],
  now: number,
  abortSignal: AbortSignal,
): Promise<void> {
  const [first = ''] = news;
  const headline = news.length === 1 ? first : `${first}, and ${counted(news.length - 1, 'more change')}`;
  const head: MessageHead = {
    kind: 'fleet',
    word: 'FLEET',
    about: 'discovery',
    headline,
    threadId: `fleet-${now}`,
  };
  const shown = news.slice(0, MOST_LINES).map((line): Block => ({ kind: 'text', text: `- ${line}` }));
  const rest = news.length - shown.length;
  const blocks: Block[] = [
    ...shown,
    ...(rest > 0 ? [{ kind: 'text', text: `and ${rest} more` } as const] : []),
  ];
  const subject = printable(`FLEET ${headline}`.replace(/[^\x20-\x7e]/g, '?'), MAX_SUBJECT).replace('…', '.');
  const text = renderEmail(head, blocks);
  await client.send(
    new PublishCommand({
      TopicArn: topicArn,
      Subject: subject,
      Message: JSON.stringify({ default: text, https: JSON.stringify(renderChat(head, blocks, subject)) }),
      MessageStructure: 'json',
      MessageAttributes: { kind: { DataType: 'String', StringValue: 'fleet' } },
    }),
    { abortSignal },
  );
}

function homeOf({ name }: Entry): { readonly name: string; readonly cluster: string | null } {
  const [cluster = name, ...member] = name.split('/');
  return { name, cluster: member.length === 0 ? null : cluster };
}
