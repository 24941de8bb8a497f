import { type Entry, inputOf } from './entry.ts';

/** A schedule of the group, as it is now. */
export interface Scheduled {
  /** `fleet-1`, `fleet-2`... */
  readonly name: string;
  readonly exists: boolean;
  readonly entries: readonly Entry[];
  /** Would it be written as it is? False when its target or its text is another. */
  readonly isCurrent: boolean;
}

/** One schedule to be created, rewritten or, without entries, deleted. */
export interface Change {
  readonly name: string;
  readonly entries: readonly Entry[];
  readonly exists: boolean;
  readonly added: readonly Entry[];
  readonly removed: readonly Entry[];
}

/** What has to be changed to get from the schedules of now to those that the fleet needs. */
export interface Plan {
  readonly changes: readonly Change[];
  /** All that is watched once they are made. */
  readonly watched: readonly Entry[];
  /** Since when each scheduled database is missing, by resource id: ms since the epoch. */
  readonly missing: Readonly<Record<string, number>>;
  /** Those for which there is no room: more than `atMost` are tagged. */
  readonly refused: readonly Entry[];
}

/** What {@link planOf} keeps to. */
export interface Limits {
  readonly databasesPerRun: number;
  readonly atMost: number;
}

/** Two descriptions that agree lie so far apart, in ms: several events of one moment bring several descriptions. */
export const CONFIRMED_AFTER = 60_000;

/** A failover is kept in the event for so long, in ms. */
const FAILOVER_KEPT = 3_600_000;

/** Scheduler takes 256 KB of input (EventBridge Scheduler user guide, "Quotas"); names grow when a server is renamed. */
const MOST_BYTES = 250_000;

const NAME = /^fleet-([1-9]\d{0,4})$/;

/**
 * Plans the schedules. A database stays in its schedule as long as it is watched; a new one goes to the first with
 * room. One that is missing goes when two descriptions agree, or when another has taken its name. Pure.
 */
export function planOf(
  scheduled: readonly Scheduled[],
  wanted: readonly Entry[],
  missingBefore: Readonly<Record<string, number>>,
  limits: Limits,
  now: number,
): Plan {
  const byId = new Map(wanted.map((entry) => [idOf(entry), entry]));
  const taken = new Set(wanted.flatMap(({ name, host }) => [name, host]));
  const placed = new Set<string>();
  const missing: Record<string, number> = {};

  const stays = (entry: Entry): Entry[] => {
    const resourceId = idOf(entry);
    if (placed.has(resourceId)) return [];
    const next = byId.get(resourceId);
    if (next === undefined) {
      const since = missingBefore[resourceId] ?? now;
      missing[resourceId] = since;
      if (now - since >= CONFIRMED_AFTER || taken.has(entry.name) || taken.has(entry.host)) return [];
    }
    placed.add(resourceId);
    return [next === undefined ? entry : withFailover(next, entry, now)];
  };

  const groups = scheduled
    .filter(({ name }) => NAME.test(name))
    .sort((one, other) => numberOf(one.name) - numberOf(other.name))
    .map((before) => ({ before, entries: before.entries.flatMap(stays) }));
  const homeless: Entry[] = [];
  for (const { entries } of groups) homeless.push(...entries.splice(limits.databasesPerRun));
  const known = new Set(scheduled.flatMap(({ entries }) => entries.map(idOf)));
  const room = limits.atMost - placed.size;
  const isNew = (entry: Entry) => !placed.has(idOf(entry));
  const newcomers = wanted.filter(isNew).sort((one, other) => (one.name < other.name ? -1 : 1));
  const filled = fill(
    groups,
    [...homeless, ...newcomers.slice(0, Math.max(0, room))],
    limits.databasesPerRun,
  );
  const foreign = scheduled.filter(({ name }) => !NAME.test(name)).map((before) => ({ before, entries: [] }));
  const watched = filled.flatMap(({ entries }) => entries);
  const isWatched = new Set(watched.map(idOf));
  const changes = [...filled, ...foreign].filter(differs).map(({ before, entries }) => ({
    name: before.name,
    entries,
    exists: before.exists,
    added: entries.filter((entry) => !known.has(idOf(entry))),
    removed: before.entries.filter((entry) => !isWatched.has(idOf(entry))),
  }));
  return { changes, watched, missing, refused: newcomers.slice(Math.max(0, room)) };
}

/** The number of a schedule: its place in the row, and what its second in the minute follows from. */
export function numberOf(name: string): number {
  return Number(NAME.exec(name)?.[1] ?? 0);
}

/** A schedule that has not been created yet. */
const NONE = { entries: [], exists: false, isCurrent: false } as const;

interface Group {
  readonly before: Scheduled;
  readonly entries: Entry[];
}

function fill(groups: readonly Group[], newcomers: readonly Entry[], most: number): Group[] {
  const all = [...groups];
  for (const entry of newcomers) {
    const fits = ({ entries }: Group) =>
      entries.length < most && Buffer.byteLength(inputOf([...entries, entry])) <= MOST_BYTES;
    const home = all.find(fits);
    if (home !== undefined) home.entries.push(entry);
    else all.push({ before: { ...NONE, name: freeName(all) }, entries: [entry] });
  }
  return all;
}

function freeName(groups: readonly Group[]): string {
  const names = new Set(groups.map(({ before }) => before.name));
  let number = 1;
  while (names.has(`fleet-${number}`)) number += 1;
  return `fleet-${number}`;
}

function differs({ before, entries }: Group): boolean {
  return !before.isCurrent || entries.length === 0 || inputOf(before.entries) !== inputOf(entries);
}

function idOf({ discovered }: Entry): string {
  return discovered.resourceId;
}

function withFailover(next: Entry, { discovered: { failoverAt } }: Entry, now: number): Entry {
  if (next.discovered.failoverAt !== undefined || failoverAt === undefined) return next;
  return now - failoverAt > FAILOVER_KEPT
    ? next
    : { ...next, discovered: { ...next.discovered, failoverAt } };
}
