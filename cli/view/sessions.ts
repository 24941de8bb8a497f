import type { SessionRow } from '../../lambda/reclaim/list-sessions.ts';
import { counted, duration } from '../../lambda/shared/format.ts';
import { fittedTable, type Screen, shown } from './screen.ts';

/** What sessions can be counted by. */
export const GROUPINGS = ['application', 'role', 'client', 'database', 'state'] as const;

/** Sessions that share one value. Ages in seconds. */
export interface SessionCount {
  readonly value: string | null;
  readonly sessions: number;
  readonly active: number;
  readonly idle: number;
  readonly idleInTransaction: number;
  /** Seconds that the longest idle of them has been idle; null when none is. */
  readonly longestIdle: number | null;
}

/** Counts sessions by one of their properties, the largest group first. */
export function countSessions(
  rows: readonly SessionRow[],
  by: (typeof GROUPINGS)[number],
): readonly SessionCount[] {
  const groups = new Map<string | null, SessionRow[]>();
  for (const row of rows) groups.set(row[by], [...(groups.get(row[by]) ?? []), row]);
  return [...groups]
    .map(([value, group]) => {
      const idle = group.filter(({ state }) => state === 'idle');
      return {
        value,
        sessions: group.length,
        active: group.filter(({ state }) => state === 'active').length,
        idle: idle.length,
        idleInTransaction: group.filter(({ state }) => state.startsWith('idle in transaction')).length,
        longestIdle: idle.length === 0 ? null : Math.max(...idle.map(({ idleFor }) => idleFor)),
      };
    })
    .sort((a, b) => b.sessions - a.sessions);
}

/** The counts as a table. */
export function renderCounts(counts: readonly SessionCount[], by: string, screen: Screen): string[] {
  if (counts.length === 0) return ['no such session'];
  return fittedTable(
    screen,
    [
      { title: 'sessions', align: 'right' },
      { title: 'active', align: 'right' },
      { title: 'idle', align: 'right' },
      { title: 'in transaction', align: 'right' },
      { title: 'longest idle', align: 'right' },
      { title: by },
    ],
    counts.map(({ value, sessions, active, idle, idleInTransaction, longestIdle }) => [
      String(sessions),
      String(active),
      String(idle),
      String(idleInTransaction),
      longestIdle === null ? '-' : duration(longestIdle),
      shown(value, 64),
    ]),
  );
}

/** The first sessions of a list, one a line. */
export function renderSessions(rows: readonly SessionRow[], limit: number, screen: Screen): string[] {
  if (rows.length === 0) return ['no such session'];
  const lines = fittedTable(
    screen,
    [
      { title: 'idle for', align: 'right' },
      { title: 'open for', align: 'right' },
      { title: 'pid', align: 'right' },
      { title: 'role' },
      { title: 'database' },
      { title: 'application' },
      { title: 'client' },
      { title: 'state' },
    ],
    rows
      .slice(0, limit)
      .map((row) => [
        duration(row.idleFor),
        duration(row.startedFor),
        String(row.pid),
        shown(row.role),
        shown(row.database),
        shown(row.application),
        shown(row.client, 45),
        row.state,
      ]),
  );
  const more = rows.length - limit;
  return more > 0
    ? [...lines, screen.style('dim', `and ${counted(more, 'more session')} (--limit ${rows.length})`)]
    : lines;
}

/** A session as plain data. */
export function sessionData(row: SessionRow): Readonly<Record<string, unknown>> {
  const { pid, role, database, application, client, state, idleFor, startedFor } = row;
  return { pid, role, database, application, client, state, idleFor, openFor: startedFor };
}
