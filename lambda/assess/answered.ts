import type { Memory, Notification } from '../model/memory.ts';

// What people have asked of the guard, honoured wherever a notification arises or goes out.

/** The longest that a mute holds, in seconds: somebody who forgets it sleeps through one day at most. */
export const LONGEST_MUTE = 86_400;

const REMINDERS: ReadonlySet<Notification['kind']> = new Set([
  'reminder',
  'still-unreachable',
  'still-over-budget',
]);

/** A reminder of what somebody has acknowledged: not told until that is over. */
export function isAcknowledged({ answers }: Memory, { kind, threadId }: Notification): boolean {
  return REMINDERS.has(kind) && (answers.acknowledged?.threads.includes(threadId) ?? false);
}

/**
 * Does it wait for the end of a mute? FULL never does, nor what follows in an incident that was full, and an answer is
 * told at once. Of what waits the last of each thread is told when the mute ends.
 */
export function isMuted(memory: Memory, { kind, level, incident }: Notification, now: number): boolean {
  if (now >= mutedUntil(memory)) return false;
  if (kind === 'answered' || level === 'full') return false;
  return kind === 'reminder' || incident?.worst !== 'full';
}

/** When the mute ends, ms since the epoch; 0 when there never was one. A time that a wrong clock stored is bounded. */
export function mutedUntil({ answers: { muted } }: Memory): number {
  return muted === null ? 0 : Math.min(muted.until, muted.at + LONGEST_MUTE * 1000);
}
