import type { Database } from '../config/database.ts';
import { nextFreeAt, spentInLastHour } from '../model/hourly-budget.ts';
import type { Memory, Notification } from '../model/memory.ts';
import { poolHash } from '../model/pool.ts';
import { noticeOf, threadId } from './incident.ts';

/** From this share of `maxPerHour` on people are told, so that there is time to raise it. */
const NEARLY_SPENT = 0.8;

/** The same is told again after so many ms at the soonest. */
const AGAIN_AFTER = 3_600_000;

/** More pools than these are not told of within that time: the audit has them all. */
const MOST_POOLS = 5;

/** What the hour's limit is remembered as; no hash of a pool has so many characters. */
const LIMIT = 'maxPerHour';

/** Says that reclaim has paused for a pool, and that the sessions it may end in an hour will soon be used up. */
export function stepReclaim(
  memory: Memory,
  { name, reclaim }: Database,
  now: number,
): { memory: Memory; notifications: readonly Notification[] } {
  if (reclaim.mode !== 'terminate') return { memory, notifications: [] };
  const told = memory.reclaimTold.filter(({ at }) => now - at < AGAIN_AFTER);
  const isNews = (about: string) => !told.some((earlier) => earlier.about === about);
  const { spent } = memory.reclaim;
  const ended = spentInLastHour(spent, now);
  const isNearlySpent = ended >= reclaim.maxPerHour * NEARLY_SPENT && isNews(LIMIT);
  const room = MOST_POOLS - told.filter(({ about }) => about !== LIMIT).length;
  const paused = memory.reclaim.paused
    .filter((pool) => pool.until > now && isNews(poolHash(pool)))
    .slice(0, Math.max(0, room));
  const notice = (kind: 'reclaim-paused' | 'reclaim-limit') =>
    noticeOf(kind, memory, now, memory.since, threadId(name, kind, now));
  const hour = { ended, most: reclaim.maxPerHour, freeAt: nextFreeAt(spent, now) };
  const news = [...paused.map(poolHash), ...(isNearlySpent ? [LIMIT] : [])];
  return {
    memory: { ...memory, reclaimTold: [...told, ...news.map((about) => ({ about, at: now }))] },
    notifications: [
      ...(paused.length === 0 ? [] : [{ ...notice('reclaim-paused'), paused }]),
      ...(isNearlySpent ? [{ ...notice('reclaim-limit'), hour }] : []),
    ],
  };
}
