import { setMaxListeners } from 'node:events';
import type { Outcome } from '../model/reclamation.ts';
import type { Session } from '../model/session.ts';
import type { Clock } from '../shared/clock.ts';
import type { SessionRow } from './list-sessions.ts';

/**
 * The guard: one session, signalled only if it still is the one that was chosen, has done nothing since, and waits for
 * its client at this very moment.
 *
 * `pg_stat_get_activity(pid)` copies the state of all sessions once, for this statement; a batch would signal its last
 * victim by what was true long ago. The fence (MATERIALIZED) keeps the planner from calling `pg_terminate_backend` before the
 * conditions hold, which it does when the call stands in WHERE.
 *
 * From that copy to the signal pass 10 microseconds and more, and in 10,000 kills a few statements begin just then. The
 * wait event is not part of the copy: it is read from the live process, immediately before the signal
 * (`pg_stat_get_backend_wait_event`, src/backend/utils/adt/pgstatfuncs.c, 12 to 18). It is no longer ClientRead as soon as
 * the session wakes up for a message, before it reads the message; and a session that is signalled while it reads
 * dies before it begins the statement (`ProcessClientReadInterrupt`, src/backend/tcop/postgres.c). On a busy machine our
 * own process may have to wait right after that reading of the wait event, and what it saw is then long past: the clock tells, and no signal
 * is sent (NULL, where a session that is no longer the chosen one gives no row). What nothing outside the server can close are the microseconds of the signal itself; a statement that
 * arrives in them is refused before it begins to execute (`npm run bench:race` counts both).
 */
export const GUARDED_TERMINATE = `
WITH victim AS MATERIALIZED (
  SELECT s.pid, b.id, pg_catalog.clock_timestamp() AS seen_at
  FROM pg_catalog.pg_stat_get_activity($1::int) s, pg_catalog.pg_stat_get_backend_idset() b(id)
  WHERE s.backend_start = $2::pg_catalog.timestamptz AND s.state_change = $3::pg_catalog.timestamptz AND s.state = $4
    AND s.backend_type = 'client backend' AND pg_catalog.pg_stat_get_backend_pid(b.id) = s.pid
)
SELECT CASE WHEN pg_catalog.pg_stat_get_backend_wait_event(victim.id) = 'ClientRead'
    AND pg_catalog.clock_timestamp() - victim.seen_at < '500 microseconds'
  THEN pg_catalog.pg_terminate_backend(victim.pid) END AS signalled
FROM victim`;

/** Which of these sessions (pid, backend_start) are still there. */
const STILL_THERE = `
SELECT t.pid
FROM ROWS FROM (pg_catalog.unnest($1::int[]), pg_catalog.unnest($2::pg_catalog.text[])) AS t(pid, started)
CROSS JOIN LATERAL pg_catalog.pg_stat_get_activity(t.pid) s
WHERE s.backend_start = t.started::pg_catalog.timestamptz`;

/** How often a session is tried that still is the chosen one, but was seen in the wrong moment: see {@link GUARDED_TERMINATE}. */
const ATTEMPTS = 4;

/** Guarded statements under way at a time: the signal to stop is checked in between. */
const AT_A_TIME = 50;

/** Pauses between the checks whether the signalled are gone, in ms: 1.2 s in all. A session usually takes 1 to 10 ms. */
const VERIFY_AFTER = [5, 15, 40, 80, 160, 300, 600];

/** What became of every victim, in order, and what broke the pass off if anything did. */
export interface Termination {
  readonly outcomes: readonly Outcome[];
  readonly failure: unknown;
}

type ServerAnswer = Outcome | 'absent';

/**
 * Ends `victims`, one guarded statement each, and verifies that they are gone.
 *
 * The guarded statements are under way together, so they cost one round trip for every 50 victims, and one or two to
 * verify. Every one is a transaction of its own, which is what the guard rests on: inside one,
 * `pg_stat_get_activity` shows what it showed at first.
 */
export async function terminate(
  session: Session,
  victims: readonly SessionRow[],
  clock: Clock,
  signal: AbortSignal,
): Promise<Termination> {
  // Each statement under way may listen on the signal, and Node takes more than ten listeners for a leak.
  setMaxListeners(AT_A_TIME + 10, signal);
  const answers: ServerAnswer[] = [];
  let failure: unknown = null;
  for (let first = 0; first < victims.length && failure === null; first += AT_A_TIME) {
    if (signal.aborted) {
      failure = signal.reason;
      break;
    }
    const settled = await Promise.allSettled(
      victims.slice(first, first + AT_A_TIME).map((victim) => terminateOne(session, victim, signal)),
    );
    for (const result of settled) {
      answers.push(result.status === 'fulfilled' ? result.value : 'unknown');
      if (result.status === 'rejected') failure ??= result.reason;
    }
  }
  const found = victims.map((_, index) => answers[index] ?? 'unknown');
  if (failure !== null) return { outcomes: found.map(unverified), failure };
  try {
    return { outcomes: await verified(session, victims, found, clock, signal), failure: null };
  } catch (error) {
    return { outcomes: found.map(unverified), failure: error };
  }
}

async function terminateOne(
  session: Session,
  victim: SessionRow,
  signal: AbortSignal,
): Promise<ServerAnswer> {
  const { pid, backendStart, stateChange, state } = victim;
  try {
    const values = [pid, backendStart, stateChange, state];
    for (let attempt = 1; ; attempt++) {
      const [row] = await session.query<{ signalled: boolean | null }>(GUARDED_TERMINATE, values);
      if (row?.signalled === true) return 'signalled';
      if (row?.signalled !== null || attempt === ATTEMPTS || signal.aborted) return 'absent';
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === '42501') return 'refused';
    throw error;
  }
}

/** What can be said without verifying: no answer of the guard means that it was not the same session any more. */
const unverified = (answer: ServerAnswer): Outcome => (answer === 'absent' ? 'changed' : answer);

async function verified(
  session: Session,
  victims: readonly SessionRow[],
  answers: readonly ServerAnswer[],
  clock: Clock,
  signal: AbortSignal,
): Promise<Outcome[]> {
  const open = victims.filter((_, index) => answers[index] === 'signalled' || answers[index] === 'absent');
  const isSignalled = (pid: number) =>
    victims.some((victim, index) => victim.pid === pid && answers[index] === 'signalled');
  let there = new Set<number>();
  for (const wait of open.length > 0 ? VERIFY_AFTER : []) {
    await clock.sleep(wait, signal);
    const rows = await session.query<{ pid: number }>(STILL_THERE, [
      open.map(({ pid }) => pid),
      open.map(({ backendStart }) => backendStart),
    ]);
    there = new Set(rows.map(({ pid }) => pid));
    if (![...there].some(isSignalled)) break;
  }
  return victims.map(({ pid }, index) => {
    const answer = answers[index] ?? 'unknown';
    if (answer === 'signalled') return there.has(pid) ? 'signalled' : 'ended';
    return answer === 'absent' ? (there.has(pid) ? 'changed' : 'gone') : answer;
  });
}
