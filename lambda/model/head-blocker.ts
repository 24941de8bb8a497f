/** The one session that most of the waiting sessions wait for. Names are the server's: untrusted text. */
export interface HeadBlocker {
  readonly pid: number;
  /** `backend_start` in UTC with microseconds; with the pid it is the session's identity. */
  readonly backendStart: string;
  readonly role: string | null;
  readonly application: string;
  /** `pg_stat_activity.state`, as the server says it. */
  readonly state: string;
  /** Seconds since it is in that state. */
  readonly since: number;
  /** How many sessions wait for it, directly or behind one another; at most 200 are followed. */
  readonly blocks: number;
}

/** Fewer sessions that wait for locks are ordinary life. */
const FEWEST_WAITING = 5;

/** How many sessions wait for locks, where they are many; else 0. */
export function manyWaiting({
  groups,
  used,
}: {
  readonly groups: readonly { readonly waiting: number }[];
  readonly used: number;
}): number {
  const waiting = groups.reduce((sum, group) => sum + group.waiting, 0);
  return waiting >= Math.max(FEWEST_WAITING, used * 0.2) ? waiting : 0;
}
