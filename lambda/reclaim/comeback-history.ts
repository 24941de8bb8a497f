import type { SessionRow } from './list-sessions.ts';

/** What the checks of one run have seen of one session. */
interface Seen {
  readonly stateChange: string;
  readonly idle: boolean;
  /** The longest time, in seconds, after which it came back to life; null while it has not. */
  readonly gap: number | null;
}

/** What the checks of one run have seen of the sessions of one database, by pid and backend_start. */
export type ReclaimHistory = ReadonlyMap<string, Seen>;

/** The history of a run that has not sampled yet. */
export const emptyReclaimHistory: ReclaimHistory = new Map();

const key = (row: SessionRow) => `${row.pid} ${row.backendStart}`;

/** The history with one more sample in it; sessions that are gone are forgotten. */
export function remember(history: ReclaimHistory, rows: readonly SessionRow[]): ReclaimHistory {
  return new Map(rows.map((row) => [key(row), next(history.get(key(row)), row)]));
}

function next(before: Seen | undefined, { state, stateChange }: SessionRow): Seen {
  const idle = state === 'idle';
  if (!before || before.stateChange === stateChange) return { stateChange, idle, gap: before?.gap ?? null };
  // Only what was idle can come back; the end of a statement that was under way is none.
  const gap = before.idle ? (Date.parse(stateChange) - Date.parse(before.stateChange)) / 1000 : null;
  return { stateChange, idle, gap: longer(before.gap, gap) };
}

function longer(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b);
}

/** Seconds after which a session came back to life in this run, the longest time of several; null if it has not. */
export function comebackGap(history: ReclaimHistory, row: SessionRow): number | null {
  return history.get(key(row))?.gap ?? null;
}
