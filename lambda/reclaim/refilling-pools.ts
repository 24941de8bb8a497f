import type { Pool } from '../model/pool.ts';
import type { CutPool, PausedPool, ReclaimMemory } from '../model/reclamation.ts';
import { hardlyAnyLeft } from './culprits.ts';
import type { SessionRow } from './list-sessions.ts';

/** How long a pool that refills is left alone, in seconds. */
const PAUSE = 300;

/** A pool is watched for so many checks after a cut, and no longer than so many seconds. */
const CHECKS = 2;
const WATCH = 300;

/** Most pools remembered of each kind; an application name for every process must not swell the memory. */
const MOST = 20;

/** What a pool opened anyway is counted over so many seconds before the cut: too short for a session to be ended. */
const RATE_OVER = 15;

/** So many standard deviations are no chance any more. With nothing expected: more than four sessions. */
const DEVIATIONS = 4;

/** A pool that has so many sessions more than before it was cut is growing, not refilling: a share, and at least 3. */
const GROWN = 0.05;

/**
 * Examines the pools that were cut within the last two checks, and pauses those that refilled.
 *
 * A pool refills when its count is back *and* it opened sessions faster after the cut than before. The count alone is
 * no sign: a leak of two sessions a second brings every count back within seconds, and there ending sessions is what
 * keeps the site up. What tells them apart is what would have happened without the cut: a leak opens as many anyway,
 * while a pool of fixed size opens some only because it lost some. So the arrivals since the cut are compared with those
 * that the rate before it announces. A pause in a real leak would let the server fill up, so the difference must be too
 * large for chance (both counts taken for Poisson's), and a pool that grows beyond the size it had is never paused, or
 * paused no longer: no pool of fixed size does that. Nothing is measured while the server is full or nearly so, nor in
 * the seconds after: logins that were refused are no rate, and those that then come at once are no refill.
 *
 * @param full the count of used slots at which a login is refused.
 */
export function watchPools(
  memory: ReclaimMemory,
  rows: readonly SessionRow[],
  now: number,
  full: number,
): Pick<ReclaimMemory, 'cut' | 'paused' | 'nearFullAt'> {
  const nearFullAt = hardlyAnyLeft(rows.length, full) ? now : memory.nearFullAt;
  const isMeasured = nearFullAt === null || now - nearFullAt > RATE_OVER * 1000;
  const refilled = memory.cut.filter((cut) => isMeasured && refills(cut, rows, now));
  const paused = new Map<string, PausedPool>();
  for (const pool of memory.paused) {
    // A pause that lasts longer than any comes from a clock that was wrong.
    const isOver = pool.until <= now || pool.until > now + PAUSE * 1000;
    if (!isOver && !hasGrown(pool, rows)) paused.set(JSON.stringify(poolOf(pool)), pool);
  }
  for (const cut of refilled) {
    const { before, ended, at } = cut;
    paused.set(JSON.stringify(poolOf(cut)), {
      ...poolOf(cut),
      before,
      since: at,
      ended,
      opened: openedSince(cut, rows, now),
      until: now + PAUSE * 1000,
    });
  }
  return {
    cut: memory.cut
      .filter((cut) => !refilled.some((other) => inPool(cut, other)))
      .map((cut) => ({ ...cut, checks: cut.checks + 1 }))
      .filter(({ checks, at }) => checks < CHECKS && now - at < WATCH * 1000),
    nearFullAt,
    paused: [...paused.values()].slice(-MOST),
  };
}

function refills(cut: CutPool, rows: readonly SessionRow[], now: number): boolean {
  const members = rows.filter((row) => inPool(row, cut));
  const elapsed = (now - cut.at) / 1000;
  const arrived = openedSince(cut, members, now);
  const expected = cut.rate * elapsed;
  const chance = DEVIATIONS * Math.sqrt(1 + expected + (expected * elapsed) / RATE_OVER);
  const isBack = members.length > cut.before - cut.ended / 2;
  return isBack && !hasGrown(cut, rows) && arrived - expected > Math.max(chance, cut.ended / 2);
}

function openedSince(cut: CutPool, rows: readonly SessionRow[], now: number): number {
  return rows.filter((row) => inPool(row, cut) && row.startedFor < (now - cut.at) / 1000).length;
}

function hasGrown(pool: Pool & { readonly before: number }, rows: readonly SessionRow[]): boolean {
  const count = rows.filter((row) => inPool(row, pool)).length;
  return count >= pool.before + Math.max(3, pool.before * GROWN);
}

/**
 * The memory after `ended` were signalled by their age: their pools are watched, unless nothing can be measured now. What
 * rules ended is not watched, for a pause does not hold them back.
 */
export function afterCut(
  memory: ReclaimMemory,
  rows: readonly SessionRow[],
  ended: readonly SessionRow[],
  now: number,
  full: number,
): Pick<ReclaimMemory, 'cut'> {
  const isMeasured = !hardlyAnyLeft(rows.length, full);
  return { cut: isMeasured ? [...memory.cut, ...cutPools(rows, ended, now)] : [] };
}

/** The pools that `ended` came from, to be watched from `now` on. `rows` are the sessions before the cut. */
export function cutPools(rows: readonly SessionRow[], ended: readonly SessionRow[], now: number): CutPool[] {
  const pools = new Map(ended.map((row) => [JSON.stringify(poolOf(row)), poolOf(row)]));
  return [...pools.values()]
    .map((pool) => {
      const members = rows.filter((row) => inPool(row, pool));
      return {
        ...pool,
        at: now,
        ended: ended.filter((row) => inPool(row, pool)).length,
        before: members.length,
        rate: members.filter((row) => row.startedFor < RATE_OVER).length / RATE_OVER,
        checks: 0,
      };
    })
    .sort((a, b) => b.ended - a.ended)
    .slice(0, MOST / CHECKS);
}

/** The pool that a session belongs to. */
export function poolOf({ role, database, application }: Pool): Pool {
  return { role, database, application };
}

/** True when a session (or a pool) belongs to `pool`. */
export function inPool(session: Pool, pool: Pool): boolean {
  return (
    session.role === pool.role &&
    session.database === pool.database &&
    session.application === pool.application
  );
}
