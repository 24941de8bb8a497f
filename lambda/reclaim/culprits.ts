import type { Pool } from '../model/pool.ts';
import type { SessionRow } from './list-sessions.ts';

/** A pool that opened a session within so many seconds is opening sessions now. */
const OPENING_WITHIN = 20;

/** A pool that opened fewer than this share of all new sessions replaces one now and then; it is not what fills the server. */
const SHARE = 0.1;

/** So few slots are hardly any: this many, or on a small server this share of them. */
const HARDLY = { slots: 10, share: 0.05 };

/** Names a pool. Role, database and application only: in a rollout the new clients open, and the old ones are dead. */
export const poolKey = ({ role, database, application }: Pool): string =>
  JSON.stringify([role, database, application]);

/**
 * The pools that fill the server: those that opened a good part of the sessions of the last seconds. Where none opened
 * any, those that were the last to. Slots are taken from them first; the idle sessions of a pool that opens none have
 * not caused the shortage, and may be waiting for their first use.
 *
 * @returns their {@link poolKey}s.
 */
export function culprits(rows: readonly SessionRow[]): ReadonlySet<string> {
  const youngest = rows.reduce((age, { startedFor }) => Math.min(age, startedFor), Number.POSITIVE_INFINITY);
  const within = youngest > OPENING_WITHIN ? youngest + OPENING_WITHIN : OPENING_WITHIN;
  const opened = new Map<string, number>();
  const young = rows.filter(({ startedFor }) => startedFor <= within);
  for (const row of young) opened.set(poolKey(row), (opened.get(poolKey(row)) ?? 0) + 1);
  return new Set([...opened].filter(([, count]) => count >= young.length * SHARE).map(([key]) => key));
}

/** True when so few slots are left that they are taken from any pool. `full` is where a login is refused. */
export function hardlyAnyLeft(used: number, full: number): boolean {
  return full - used < Math.min(HARDLY.slots, Math.ceil(full * HARDLY.share));
}
