import type { Answer, Memory } from '../model/memory.ts';
import { isAcknowledged, mutedUntil } from './answered.ts';
import { noticeOf, threadId } from './incident.ts';
import { enqueue } from './undelivered.ts';

/** More answers than these are not told in one message: the log has them all. */
const MOST_TOLD = 3;

/** A mute that ends so much later, in ms, and comes from the same caller is another click on the same button. */
const SAME_MUTE = 60_000;

/** Budgets whose reminders one acknowledgement holds back. */
const MOST_THREADS = 50;

/**
 * No reminders of what is going on now until it is over: the incident, the checks that fail, the budgets that are exceeded.
 *
 * @returns null when nothing is going on, or all of it is acknowledged already.
 */
export function acknowledge(memory: Memory, database: string, by: string, now: number): Memory | null {
  const threads = openThreads(memory).slice(0, MOST_THREADS);
  const known = memory.answers.acknowledged?.threads ?? [];
  if (threads.every((thread) => known.includes(thread))) return null;
  const answers = { ...memory.answers, acknowledged: { at: now, by, threads } };
  const next = { ...memory, answers };
  const undelivered = next.undelivered.filter(
    ({ claim, notification }) => claim !== null || !isAcknowledged(next, notification),
  );
  return tell({ ...next, undelivered }, database, { action: 'acknowledge', at: now, by }, now);
}

/**
 * Holds back until `until` (ms since the epoch) what need not be told at once; a moment that is not in the future ends a mute.
 *
 * @returns null when there is no mute to be ended, or the same caller has asked for it a moment ago.
 */
export function mute(
  memory: Memory,
  database: string,
  by: string,
  until: number,
  now: number,
): Memory | null {
  const { muted } = memory.answers;
  if (until <= now && mutedUntil(memory) <= now) return null;
  if (until > now && muted?.by === by && Math.abs(until - muted.until) < SAME_MUTE) return null;
  const answers = { ...memory.answers, muted: { at: now, by, until } };
  return tell({ ...memory, answers }, database, { action: 'mute', at: now, by, until }, now);
}

/** Adds the message about an answer, in the thread of what is going on. Answers not told yet go into the same message. */
export function tell(memory: Memory, database: string, answer: Answer, now: number): Memory {
  const thread = openThreads(memory)[0] ?? threadId(database, 'answers', now);
  const untold = memory.undelivered.find(
    ({ claim, notification }) =>
      claim === null && notification.kind === 'answered' && notification.threadId === thread,
  );
  const notification = {
    ...noticeOf('answered', memory, now, memory.since, thread),
    answers: [...(untold?.notification.answers ?? []), answer].slice(-MOST_TOLD),
  };
  return { ...enqueue(memory, [notification], now).memory, notifiedAt: memory.notifiedAt };
}

/** The threads of what is going on, the incident's first. */
function openThreads({ incident, failing, budgets }: Memory): string[] {
  return [
    ...(incident === null ? [] : [incident.id]),
    ...(failing === null ? [] : [failing.threadId]),
    ...budgets.over.map((over) => over.threadId),
  ];
}
