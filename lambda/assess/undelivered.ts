import type { Memory, Notice } from '../model/memory.ts';

/** More threads than this are not owed at once in practice; bounds the stored item. The newest are kept. */
const MOST_OWED = 5;

/**
 * Puts together what is due now: fresh notices and those that could not be published before. A fresh one takes the
 * place of an owed one of the same thread (after a missed warning people need the recovery, not both) and says since
 * when they should have known. The memory is the one to store when all of them are published.
 */
export function settle(
  memory: Memory,
  fresh: readonly (Notice | null)[],
  now: number,
): { memory: Memory; notices: readonly Notice[] } {
  const new_ = fresh.filter((notice) => notice !== null);
  const still = memory.owed.filter((owed) => !new_.some(({ threadId }) => threadId === owed.threadId));
  const late = new_.map((notice) => {
    const owed = memory.owed.find(({ threadId }) => threadId === notice.threadId);
    return owed ? { ...notice, dueSince: owed.dueSince } : notice;
  });
  const notices = [...still, ...late];
  const told = notices.some(({ threadId }) => threadId === memory.incident?.id);
  return { memory: { ...memory, owed: [], notifiedAt: told ? now : memory.notifiedAt }, notices };
}

/** The memory to store when `notice` could not be published: the next check tries again and says since when. */
export function unsent(memory: Memory, notice: Notice): Memory {
  const others = memory.owed.filter(({ threadId }) => threadId !== notice.threadId);
  const owed = { ...notice, dueSince: notice.dueSince ?? notice.at };
  return { ...memory, owed: [...others, owed].slice(-MOST_OWED) };
}

/** True when both tell people the same: after a memory conflict, what this check has published already is not due. */
export function sameNotice(a: Notice, b: Notice): boolean {
  return a.kind === b.kind && a.level === b.level;
}
