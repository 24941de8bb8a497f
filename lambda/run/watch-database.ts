import { emptySessionHistory, type SessionHistory } from '../assess/predictions/session-history.ts';
import type { Database } from '../config/database.ts';
import type { Observer } from '../model/observation.ts';
import type { Outcome, Reclamation } from '../model/reclamation.ts';
import { type KeptMemory, loadRunMemory } from '../remember/run-memory.ts';
import type { MemoryStore } from '../remember/store.ts';
import { timeoutSignal } from '../shared/abort.ts';
import { toError } from '../shared/to-error.ts';
import { type CheckParts, type CheckResult, check } from './check.ts';
import type { DatabaseRun } from './run.ts';
import { nextSample, type Window } from './sampling-schedule.ts';

const TERMINATED: ReadonlySet<Outcome> = new Set<Outcome>(['ended', 'signalled', 'unknown']);

/** What every database's watch shares. */
export interface WatchParts extends Pick<CheckParts, 'notify' | 'clock' | 'log' | 'signal'> {
  readonly store: MemoryStore;
  readonly kept: Map<string, KeptMemory>;
  /** What this process has seen of the sessions of each database, by its name. Outlives the run, as `kept` does. */
  readonly histories: Map<string, SessionHistory>;
  readonly observe: (database: Database) => Observer;
}

/**
 * Watches one database for one run: a first sample, then one after the other as {@link nextSample} says, all on one session.
 * Resolves when the sampling is over; storing the memory and ending the session go on as `finished`. Never rejects: what
 * the guard itself fails at stands in the faults.
 */
export async function watch(database: Database, window: Window, parts: WatchParts): Promise<DatabaseRun> {
  const { clock, log, signal } = parts;
  const faults: Error[] = [];
  const onFault = (fault: Error) => {
    log('ERROR', 'guard.fault', { database: database.name, error: fault.name, text: fault.message });
    faults.push(fault);
  };
  const observer = parts.observe(database);
  const runMemory = loadRunMemory(database.name, {
    store: parts.store,
    kept: parts.kept,
    now: clock.now,
    signal,
    onFault,
    onProblem: (problem) => log('WARN', 'memory.unreadable', { database: database.name, problem }),
  });
  const sampling = AbortSignal.any([signal, timeoutSignal(window.endsAt - clock.now())]);
  const checking = {
    database,
    observer,
    runMemory,
    notify: parts.notify,
    clock,
    log,
    signal: sampling,
    onFault,
  };

  const results: CheckResult[] = [];
  try {
    let at: number | null = clock.now();
    while (at !== null) {
      await clock.sleep(Math.max(0, at - clock.now()), sampling);
      const began = clock.now();
      const history = parts.histories.get(database.name) ?? emptySessionHistory;
      const result: CheckResult = await check(checking, history);
      parts.histories.set(database.name, result.history);
      results.push(result);
      at = nextSample(database, result.level, began, clock.now(), window);
    }
  } catch (error) {
    onFault(toError(error));
  }
  const stored = runMemory.then((memory) => memory.store());
  return {
    database,
    level: results.at(-1)?.level ?? null,
    observations: results.map(({ observation }) => observation),
    alertsSent: results.reduce((sum, { alertsSent }) => sum + alertsSent, 0),
    terminated: results.reduce((sum, { reclamation }) => sum + terminatedBy(reclamation), 0),
    finished: Promise.all([stored, observer.close()]).then(() => faults),
  };
}

/** Sessions that were signalled: what dry-run would have ended, and what changed in time, does not count. */
function terminatedBy(reclamation: Reclamation | null): number {
  return (reclamation?.chosen ?? []).filter(({ outcome }) => TERMINATED.has(outcome)).length;
}
