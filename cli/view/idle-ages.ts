import type { SessionRow } from '../../lambda/reclaim/list-sessions.ts';
import { duration } from '../../lambda/shared/format.ts';

/** Upper ends of the ages, in seconds. */
const ENDS = [1, 10, 60, 300, 1800, Number.POSITIVE_INFINITY];

/** Ages to end idle sessions by, in seconds, the mildest first. */
const AGES = [300, 120, 60, 30, 10, 0];

/** How many idle sessions have been so for how long. `upTo` in seconds; null: longer. */
export function idleAges(
  rows: readonly SessionRow[],
): readonly { readonly upTo: number | null; readonly sessions: number }[] {
  const idle = rows.filter(({ state }) => state === 'idle');
  return ENDS.map((end, index) => ({
    upTo: Number.isFinite(end) ? end : null,
    sessions: idle.filter(({ idleFor }) => idleFor <= end && idleFor > (ENDS[index - 1] ?? -1)).length,
  }));
}

/** `idle for up to 1s: 2, 10s: 5, 1m: 0, 5m: 12, 30m: 0, longer: 1`; nothing when none is idle. */
export function idleAgesLine(rows: readonly SessionRow[]): string[] {
  const ages = idleAges(rows);
  if (ages.every(({ sessions }) => sessions === 0)) return [];
  const parts = ages.map(({ upTo, sessions }) => `${upTo === null ? 'longer' : duration(upTo)}: ${sessions}`);
  return [`idle for up to ${parts.join(', ')}`];
}

/** An idle age by which sessions could be ended, and how many would be. */
export interface IdleCut {
  /** Seconds. */
  readonly idleFor: number;
  readonly sessions: number;
}

/** The mildest age that ends `wanted` sessions; else the one that ends most. Null when no session may be ended. */
export function idleCut(rows: readonly SessionRow[], wanted: number): IdleCut | null {
  const ages = rows
    .filter((row) => row.state === 'idle' && row.whole && !isProtected(row))
    .map(({ idleFor }) => idleFor);
  const cuts = AGES.map((idleFor) => ({
    idleFor,
    sessions: ages.filter((age) => age > idleFor).length,
  }));
  return (
    cuts.find(({ sessions }) => sessions >= Math.max(1, wanted)) ??
    cuts.findLast(({ sessions }) => sessions > 0) ??
    null
  );
}

const isProtected = ({ superuser, replication, ours, listens, advisoryLock, role }: SessionRow) =>
  superuser || replication || ours || listens || advisoryLock || role?.startsWith('rds') === true;
