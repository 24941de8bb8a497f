import type { Memory, Notification } from '../model/memory.ts';

/** More threads than this are not undelivered at once in practice; bounds the stored item. The newest are kept. */
const MOST_OWED = 5;

/**
 * Puts together what is due now: fresh notifications and those that could not be published before. A fresh one takes the
 * place of an undelivered one of the same thread (after a missed warning people need the recovery, not both) and says since
 * when they should have known. The memory is the one to store when all of them are published.
 */
export function settle(
  memory: Memory,
  fresh: readonly (Notification | null)[],
  now: number,
): { memory: Memory; notifications: readonly Notification[] } {
  const new_ = fresh.filter((notification) => notification !== null);
  const still = memory.undelivered.filter(
    (undelivered) => !new_.some(({ threadId }) => threadId === undelivered.threadId),
  );
  const late = new_.map((notification) => {
    const undelivered = memory.undelivered.find(({ threadId }) => threadId === notification.threadId);
    return undelivered ? { ...notification, dueSince: undelivered.dueSince } : notification;
  });
  const notifications = [...still, ...late];
  const told = notifications.some(({ threadId }) => threadId === memory.incident?.id);
  return {
    memory: { ...memory, undelivered: [], notifiedAt: told ? now : memory.notifiedAt },
    notifications,
  };
}

/** The memory to store when `notification` could not be published: the next check tries again and says since when. */
export function unsent(memory: Memory, notification: Notification): Memory {
  const others = memory.undelivered.filter(({ threadId }) => threadId !== notification.threadId);
  const undelivered = { ...notification, dueSince: notification.dueSince ?? notification.at };
  return { ...memory, undelivered: [...others, undelivered].slice(-MOST_OWED) };
}

/** True when both tell people the same: after a memory conflict, what this check has published already is not due. */
export function isSameNotification(a: Notification, b: Notification): boolean {
  return a.kind === b.kind && a.level === b.level && a.budget?.name === b.budget?.name;
}
