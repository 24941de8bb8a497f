import { holderKey, holdersOf, NAME_LENGTH, statesOf } from '../model/holders.ts';
import type { HolderCounts, Memory, RecentSample } from '../model/memory.ts';
import { type Sample, usableSlots } from '../model/observation.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { printable } from '../shared/printable.ts';
import { likelyCauses } from './causes/likely-causes.ts';
import { withRhythms } from './causes/rhythms.ts';
import { emptySessionHistory } from './predictions/session-history.ts';

/** The trend covers half an hour: in simulation the shortest window whose slope can be trusted. Ms. */
const TREND_WINDOW = 30 * 60_000;

/** Samples under pressure come every 5 s; one in half a minute is all the trend needs (less a little jitter). Ms. */
const TREND_SPACING = 25_000;

/** "Change over ten minutes" needs a snapshot that old, and one younger to follow it. Ms. */
const HOLDER_WINDOW = 12 * 60_000;
const HOLDER_SPACING = 2 * 60_000;

/** Holders that one snapshot names: more than a message shows, so that newcomers can be told from climbers. */
const HOLDERS_KEPT = 20;

/** Adds a sample: the newest always stands at the end, those before it lie {@link TREND_SPACING} apart. */
export function remember(recent: readonly RecentSample[], sample: Sample): RecentSample[] {
  const reading = { at: sample.at, used: sample.used, usable: usableSlots(sample.capacity) };
  const kept = recent.filter(({ at }) => at < sample.at && at > sample.at - TREND_WINDOW);
  const [beforeLast, last] = kept.slice(-2);
  const crowded = beforeLast && last && last.at - beforeLast.at < TREND_SPACING;
  return [...(crowded ? kept.slice(0, -1) : kept), reading];
}

/** Adds the holders and their slots, unless the last snapshot is too young. */
export function rememberHolders(snapshots: readonly HolderCounts[], sample: Sample): HolderCounts[] {
  const kept = snapshots.filter(({ at }) => at <= sample.at && at > sample.at - HOLDER_WINDOW);
  const last = kept.at(-1);
  if (last && sample.at - last.at < HOLDER_SPACING) return kept;
  const holders = holdersOf(sample.groups);
  const counts = Object.fromEntries(
    holders.slice(0, HOLDERS_KEPT).map((holder) => [holderKey(holder), holder.count]),
  );
  return [...kept, { at: sample.at, counts, complete: holders.length <= HOLDERS_KEPT }];
}

/** True when samples from before cannot be compared with this one: the server restarted, or its capacity changed. */
export function startsAnew(memory: Memory, sample: Sample): boolean {
  const before = memory.lastSeen;
  return (
    before !== null &&
    (before.startedAt !== sample.server.startedAt ||
      before.capacity.maxConnections !== sample.capacity.maxConnections ||
      usableSlots(before.capacity) !== usableSlots(sample.capacity))
  );
}

/** How many holders a message names. */
export const TOP_HOLDERS = 5;

/** Condenses a sample, the last one being known. No hostile name can fill the memory. */
export function snapshotOf(
  sample: Sample,
  history = emptySessionHistory,
  before: Snapshot | null = null,
): Snapshot {
  const startedAt = printable(sample.server.startedAt, NAME_LENGTH);
  // Once seen, it stays a cause as long as the server has just started.
  const restarted =
    before !== null && (before.startedAt !== startedAt || before.causes.some(({ id }) => id === 'failover'));
  const holders = holdersOf(sample.groups);
  const movedAt = before !== null && hasMoved(before, sample) ? sample.at : before?.movedAt;
  return {
    at: sample.at,
    capacity: sample.capacity,
    versionNum: sample.server.versionNum,
    isReplica: sample.server.isReplica,
    startedAt,
    ...(movedAt !== undefined && { movedAt }),
    role: printable(sample.server.role, NAME_LENGTH),
    used: sample.used,
    states: statesOf(sample.groups),
    holders: holders.slice(0, TOP_HOLDERS),
    holderCount: holders.length,
    causes: likelyCauses({ ...sample, groups: withRhythms(sample.groups, history) }, { restarted, movedAt }),
  };
}

/**
 * Is the primary that answers here another than before, though no server has just started? It was a replica, or it ran
 * already when the one before answered. A replica is not asked: its endpoint may lead to several.
 */
function hasMoved(before: Snapshot, { server: { isReplica, startedAt } }: Sample): boolean {
  const isSame = before.startedAt === startedAt;
  return !isReplica && (isSame ? before.isReplica : Date.parse(startedAt) < before.at);
}
