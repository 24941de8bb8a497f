import type { SessionGroup } from '../../model/observation.ts';
import { duration } from '../../shared/format.ts';
import { named } from '../../shared/printable.ts';

// Sums over the groups of a sample, for the signatures of likely causes.

export function sessions(groups: readonly SessionGroup[]): number {
  return groups.reduce((sum, { count }) => sum + count, 0);
}

/** Sessions by client, or what else is counted of them. */
export function clients(
  groups: readonly SessionGroup[],
  counted: (group: SessionGroup) => number = ({ count }) => count,
): Map<string, number> {
  const counts = new Map<string, number>();
  for (const group of groups) {
    const name = group.client ?? 'a local socket';
    counts.set(name, (counts.get(name) ?? 0) + counted(group));
  }
  return counts;
}

export function largestRole(groups: readonly SessionGroup[]): [string | null, readonly SessionGroup[]] {
  const byRole = new Map<string | null, SessionGroup[]>();
  for (const group of groups) {
    const same = byRole.get(group.role);
    if (same) same.push(group);
    else byRole.set(group.role, [group]);
  }
  return [...byRole].sort(([, a], [, b]) => sessions(b) - sessions(a))[0] ?? [null, []];
}

export function oldest(groups: readonly SessionGroup[]): string {
  return duration(maxOf(groups.map(({ oldestStateAge }) => oldestStateAge)));
}

export function maxOf(ages: readonly (number | null)[]): number {
  return ages.reduce<number>((most, age) => Math.max(most, age ?? 0), 0);
}

/** Idle sessions that come back. */
export function returningOf(groups: readonly SessionGroup[]): number {
  return groups.reduce((sum, { returning }) => sum + returning, 0);
}

/** Idle sessions that come back every few seconds, as far as is known always with the same statement. */
export function streamsOf({ returning, streams = returning }: SessionGroup): number {
  return streams;
}

/** Idle sessions that do not come back. */
export function keptOf({ state, count, returning }: SessionGroup): number {
  return state === 'idle' ? Math.max(0, count - returning) : 0;
}

/** The groups of the role and application for which `weight` sums to most. */
export function largestPool(
  groups: readonly SessionGroup[],
  weight: (group: SessionGroup) => number,
): [Pick<SessionGroup, 'role' | 'application'>, readonly SessionGroup[]] {
  const byPool = new Map<string, SessionGroup[]>();
  for (const group of groups) {
    const key = JSON.stringify([group.role, group.application]);
    byPool.set(key, [...(byPool.get(key) ?? []), group]);
  }
  const total = (pool: readonly SessionGroup[]) => pool.reduce((sum, group) => sum + weight(group), 0);
  const [largest = []] = [...byPool.values()].sort((a, b) => total(b) - total(a));
  const { role = null, application = '' } = largest[0] ?? {};
  return [{ role, application }, largest];
}

/** `role "orders_app"`, or `"celery" (role "orders_app")` where the application has a name. */
export function poolWords({ role, application }: Pick<SessionGroup, 'role' | 'application'>): string {
  return application === '' ? `role ${named(role)}` : `${named(application)} (role ${named(role)})`;
}
