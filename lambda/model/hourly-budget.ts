import type { ReclaimMemory } from './reclamation.ts';

const MINUTE = 60_000;

/** A minute counts as long as any part of it lies within the last hour. */
const KEPT = 61 * MINUTE;

type Spent = ReclaimMemory['spent'];

const recent = (spent: Spent, now: number) => spent.filter(({ minute }) => minute > now - KEPT);

/** How many sessions were signalled in the last hour, whichever run did it; up to a minute more, never less. */
export function spentInLastHour(spent: Spent, now: number): number {
  return recent(spent, now).reduce((sum, { count }) => sum + count, 0);
}

/** When the oldest of those that count now count no more, ms since the epoch. */
export function nextFreeAt(spent: Spent, now: number): number {
  return Math.min(...recent(spent, now).map(({ minute }) => minute)) + KEPT;
}

/** The account after `count` more; a negative count gives back what was set aside and not needed. */
export function spend(spent: Spent, now: number, count: number): Spent {
  const minute = Math.floor(now / MINUTE) * MINUTE;
  const here = spent.find((entry) => entry.minute === minute)?.count ?? 0;
  return [
    ...recent(spent, now).filter((entry) => entry.minute !== minute),
    { minute, count: Math.max(0, here + count) },
  ].filter((entry) => entry.count > 0);
}
