import { applicationKind } from '../../model/application-kind.ts';
import type { SessionGroup } from '../../model/observation.ts';
import type { Alert } from './alert.ts';

/** The roles of RDS itself must be left as they are. */
export function ordinary(role: string): boolean {
  return !role.startsWith('rds');
}

/** A pooler takes the end of an idle session for an error: it has a timeout of its own. */
export function isPooled(role: string, groups: Alert['groups'], holders: Alert['holders']): boolean {
  return [...groups, ...holders].some(
    (holder) => holder.role === role && applicationKind(holder.application) === 'pooler',
  );
}

/** The ordinary role that has the most idle sessions. */
export function mostIdleRole({ groups, holders }: Alert): string | null {
  const idle = groups.filter(({ state }) => state === 'idle');
  return mostIdle(groups.length > 0 ? idle : holders);
}

/** The ordinary role that has the most of these sessions. */
export function mostIdle(groups: readonly Pick<SessionGroup, 'role' | 'count'>[]): string | null {
  const counts = new Map<string, number>();
  for (const { role, count } of groups) {
    if (role !== null && ordinary(role)) counts.set(role, (counts.get(role) ?? 0) + count);
  }
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0] ?? null;
}
