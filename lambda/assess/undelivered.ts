import type { Memory, Notification, Undelivered } from '../model/memory.ts';
import { isMuted } from './answered.ts';

// The way of a notification out of the memory: claimed under the version condition, published, marked. What dies between
// two of these steps is taken up again by a later check, so that a crash may repeat a message and loses none.

/** More threads than this are not undelivered at once in practice; bounds the stored item. The newest are kept. */
const MOST_UNDELIVERED = 20;

/** An attempt that was claimed so long ago and not marked since has died with its process. Ms. */
const CLAIM_HOLDS = 20_000;

/** How long to wait after the first failed attempt, the second and so on; the last one for all that follow. Ms. */
const BACK_OFF = [5_000, 15_000, 60_000] as const;
const LONGEST_BACK_OFF = Math.max(...BACK_OFF);

/**
 * Adds fresh notifications to those not published yet. A fresh one takes the place of an older one of the same thread
 * (after a missed warning people need the recovery, not both) and says since when they should have known.
 */
export function enqueue(
  memory: Memory,
  fresh: readonly Notification[],
  now: number,
): { memory: Memory; notifications: readonly Notification[] } {
  const notifications = fresh.map((notification) => {
    const older = memory.undelivered.find((entry) => isOfThread(entry, notification));
    if (older === undefined || isClaimed(older, now) || notification.kind === 'answered') return notification;
    return { ...notification, dueSince: dueSince(older) };
  });
  const others = memory.undelivered.filter(
    (entry) => !fresh.some((notification) => isOfThread(entry, notification)),
  );
  const added = notifications.map((notification) => ({
    notification,
    failed: 0,
    nextAttemptAt: now,
    claim: null,
  }));
  const told = fresh.some(({ threadId }) => threadId === memory.incident?.id);
  return {
    memory: {
      ...memory,
      undelivered: [...others, ...added].slice(-MOST_UNDELIVERED),
      notifiedAt: told ? now : memory.notifiedAt,
    },
    notifications,
  };
}

/** What is to be published now: not while another attempt is under way, nor soon after one that failed, nor muted. */
export function dueNow(memory: Memory, now: number): readonly Undelivered[] {
  return memory.undelivered.filter((entry) => mayBeClaimed(memory, entry, now) && !waits(entry, now));
}

function mayBeClaimed(memory: Memory, entry: Undelivered, now: number): boolean {
  return !isClaimed(entry, now) && !isMuted(memory, entry.notification, now);
}

/** The memory in which `attempt` has taken the notifications of these threads on itself. */
export function claimed(memory: Memory, threads: readonly string[], attempt: string, now: number): Memory {
  return {
    ...memory,
    undelivered: memory.undelivered.map((entry) => {
      const { notification, claim } = entry;
      if (!threads.includes(notification.threadId) || !mayBeClaimed(memory, entry, now)) return entry;
      const late = claim === null ? notification : { ...notification, dueSince: dueSince(entry) };
      return { ...entry, notification: late, claim: { attempt, at: now } };
    }),
  };
}

/** What `attempt` has claimed. */
export function claimedBy(memory: Memory, attempt: string): readonly Notification[] {
  return memory.undelivered
    .filter(({ claim }) => claim?.attempt === attempt)
    .map(({ notification }) => notification);
}

/** The memory after `attempt`: what it published is gone, and what it could not publish waits for the next attempt. */
export function attempted(
  memory: Memory,
  attempt: string,
  unpublished: readonly Notification[],
  now: number,
): Memory {
  const undelivered = memory.undelivered.flatMap((entry): Undelivered[] => {
    if (entry.claim?.attempt !== attempt) return [entry];
    if (!unpublished.some((notification) => isOfThread(entry, notification))) return [];
    const pause = BACK_OFF[Math.min(entry.failed, BACK_OFF.length - 1)] ?? 0;
    const notification = { ...entry.notification, dueSince: dueSince(entry) };
    return [{ notification, failed: entry.failed + 1, nextAttemptAt: now + pause, claim: null }];
  });
  return { ...memory, undelivered };
}

/** Of the same thread, where what happened and what was answered stand side by side: neither takes the other's place. */
function isOfThread({ notification }: Undelivered, { threadId, kind }: Notification): boolean {
  return notification.threadId === threadId && (notification.kind === 'answered') === (kind === 'answered');
}

/** A claim from the future comes from a clock that is wrong: it holds no longer than others do. */
function isClaimed({ claim }: Undelivered, now: number): boolean {
  return claim !== null && Math.abs(now - claim.at) < CLAIM_HOLDS;
}

/** A pause that would be longer than any comes from a clock that was wrong: it holds nothing back. */
function waits({ nextAttemptAt }: Undelivered, now: number): boolean {
  return nextAttemptAt > now && nextAttemptAt <= now + LONGEST_BACK_OFF;
}

function dueSince({ notification }: Undelivered): number {
  return notification.dueSince ?? notification.at;
}
