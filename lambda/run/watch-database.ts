import { emptySessionHistory, type SessionHistory } from '../assess/predictions/session-history.ts';
import { type Database, memoryKeyOf } from '../config/database.ts';
import { atLeast, type Level } from '../model/level.ts';
import type { Observation } from '../model/observation.ts';
import type { Observer } from '../model/observer.ts';
import { signalledBy } from '../model/reclamation.ts';
import { type KeptMemory, loadRunMemory } from '../remember/run-memory.ts';
import type { MemoryStore } from '../remember/store.ts';
import type { RunOfDatabase } from '../report/metrics/data-points.ts';
import { deadline } from '../shared/abort.ts';
import { toError } from '../shared/to-error.ts';
import { type CheckParts, type CheckResult, check } from './check.ts';
import { createCheckLog } from './check-log.ts';
import type { DatabaseRun } from './database-run.ts';
import { secondsToFull, type Watched, withObservation, withoutSessions } from './fill-rate.ts';
import type { KeptObservers } from './kept-observers.ts';
import { nextSample, type Window } from './sampling-schedule.ts';

/** What one run leaves to the next in the same environment. */
export interface Legacy {
  /** The last observations, for the fill rate. */
  readonly recent: readonly Watched[];
  /** What came too late for the data points of its run. */
  readonly unpublished: RunOfDatabase;
}

/** What every database's watch shares. The maps live as long as the environment and are kept by `memoryKeyOf`. */
export interface WatchParts extends Pick<CheckParts, 'notify' | 'clock' | 'log' | 'signal'> {
  readonly store: MemoryStore;
  readonly kept: Map<string, KeptMemory>;
  /** What this process has seen of the sessions of each database. */
  readonly histories: Map<string, SessionHistory>;
  readonly legacies: Map<string, Legacy>;
  readonly observers: KeptObservers;
  /** Makes an observer where none is kept. */
  readonly observe: (database: Database) => Observer;
}

/** What there is to publish of one database. */
export interface DatabaseData {
  /** What came too late for the data points of the run before. */
  readonly earlier: RunOfDatabase | null;
  readonly now: RunOfDatabase;
  /** The level held after the last check; null when there was none. */
  readonly level: Level | null;
}

/** One database, watched for one run. */
export interface DatabaseWatch {
  /** Resolves when the sampling is over. Never rejects. */
  readonly sampled: Promise<void>;
  /** What was observed and done since this was last called: for the data points. */
  takeData(): DatabaseData;
  /** Resolves when the memory is stored and the session handed on. Never rejects: faults are in the result. */
  readonly finished: Promise<DatabaseRun>;
}

/**
 * Watches one database for one run: a first sample, then one after the other as {@link nextSample} says, all on one session,
 * which the next run takes up.
 */
export function watch(database: Database, window: Window, parts: WatchParts): DatabaseWatch {
  const { clock, log, signal } = parts;
  const key = memoryKeyOf(database);
  const legacy = parts.legacies.get(key);
  parts.legacies.delete(key);
  const faults: Error[] = [];
  const onFault = (fault: Error) => {
    log('ERROR', 'guard.fault', { database: database.name, error: fault.name, text: fault.message });
    faults.push(fault);
  };
  const runMemory = loadRunMemory(key, {
    store: parts.store,
    kept: parts.kept,
    now: clock.now,
    signal,
    onFault,
    onProblem: (problem) => log('WARN', 'memory.unreadable', { database: database.name, problem }),
  });
  const limit = deadline(window.endsAt - clock.now(), [signal]);
  let recent: readonly Watched[] = legacy?.recent ?? [];
  const seen: Observation[] = [];
  let level: Level | null = null;
  let alertsSent = 0;
  let signalled = 0;
  let isFinished = false;
  const left = legacy?.unpublished;
  let earlier = left && left.observations.length > 0 ? left : null;
  let observations: Observation[] = [];
  let terminated = earlier === null ? (left?.terminated ?? 0) : 0;

  const observer = parts.observers.take(database) ?? parts.observe(database);
  const noted: Observer = {
    sample: async (until) => {
      const observation = await observer.sample(until);
      // A later sample that was aborted by the end of the run says nothing about the database.
      if (until.aborted && observation.kind === 'failed' && seen.length > 0) until.throwIfAborted();
      const bare = withoutSessions(observation);
      for (const list of [observations, seen]) list.push(bare);
      return observation;
    },
    get session() {
      return observer.session;
    },
    close: () => observer.close(),
  };

  async function sampling(): Promise<void> {
    const logCheck = createCheckLog({ database, log });
    const checking = {
      ...parts,
      database,
      observer: noted,
      runMemory,
      logCheck,
      signal: limit.signal,
      onFault,
    };
    let at: number | null = clock.now();
    while (at !== null) {
      await clock.sleep(Math.max(0, at - clock.now()), limit.signal);
      const began = clock.now();
      const history = parts.histories.get(key) ?? emptySessionHistory;
      const result: CheckResult = await check(checking, history);
      parts.histories.set(key, result.history);
      level = result.level;
      alertsSent += result.alertsSent;
      const ended = signalledBy(result.reclamation);
      terminated += ended;
      signalled += ended;
      recent = withObservation(recent, result.observation, ended);
      at = nextSample(database, result.level, secondsToFull(recent), began, clock.now(), window);
    }
  }

  /** Hands the session on to the next run, where it cannot outlive the guard; elsewhere only while slots run short. */
  async function handOn(): Promise<void> {
    const observed = recent.map(({ observation }) => observation);
    const last = observed.findLast((one) => 'server' in one);
    const endsByItself = last && last.server.versionNum >= 140_000;
    const pressed = atLeast(level ?? 'ok', 'warning');
    await (endsByItself || pressed ? parts.observers.keep(database, observer) : observer.close());
  }

  /** Leaves to the next run what it needs of this one, and what is not published yet. */
  function leave(): void {
    parts.legacies.set(key, {
      recent,
      unpublished: { database, observations, terminated },
    });
  }

  async function finish(): Promise<DatabaseRun> {
    const memory = await runMemory;
    await Promise.all([memory.store({ unlessCalm: true }), handOn()]);
    isFinished = true;
    leave();
    return {
      database,
      level,
      observations: seen,
      alertsSent,
      terminated: signalled,
      faults,
    };
  }

  const sampled = sampling()
    .catch((error: unknown) => {
      if (!(limit.signal.aborted && seen.length > 0)) onFault(toError(error));
    })
    .finally(limit.clear);
  return {
    sampled,
    takeData: () => {
      const data = {
        earlier,
        now: { database, observations, terminated },
        level,
      };
      [earlier, observations, terminated] = [null, [], 0];
      if (isFinished) leave();
      return data;
    },
    finished: sampled.then(finish),
  };
}
