import type { Database } from '../config/database.ts';
import type { Level } from '../model/level.ts';
import type { Observation } from '../model/observation.ts';
import { GuardError } from '../shared/guard-error.ts';
import { toError } from '../shared/to-error.ts';
import { runWindow, type Window } from './sampling-schedule.ts';

/** What one run of the guard found and did for one database. */
export interface DatabaseRun {
  readonly database: Database;
  /** The level held after the last sample; null when there was none. */
  readonly level: Level | null;
  /** Every observation of the run, oldest first. */
  readonly observations: readonly Observation[];
  /** Alerts that SNS took. */
  readonly alertsSent: number;
  /** Sessions that were sent the signal to end. */
  readonly terminated: number;
  /**
   * Resolves when the memory is stored and the session ended, to what the guard itself failed at (alert, memory), as
   * opposed to what it found of the database. Never rejects.
   */
  readonly finished: Promise<readonly Error[]>;
}

/** What one invocation answers: enough for a person who invoked it by hand. */
export interface RunSummary {
  readonly databases: readonly {
    readonly name: string;
    readonly level: Level | null;
    readonly lastObservation: Observation['kind'] | null;
    readonly samples: number;
    readonly alertsSent: number;
    readonly terminated: number;
  }[];
}

/** Thrown after every database has had its turn, when the guard's own work failed: Lambda's Errors metric counts it. */
export class GuardFaultError extends GuardError {
  override readonly name = 'GuardFaultError';

  constructor(faults: readonly Error[]) {
    super(`the guard failed at its own work: ${faults.map(({ message }) => message).join('; ')}`, {
      cause: new AggregateError(faults),
    });
  }
}

/** What a run is made of. */
export interface RunParts {
  /** Watches one database during the window. Resolves for whatever the database does. */
  watch(database: Database, window: Window): Promise<DatabaseRun>;
  /** Sends the data points of all databases. */
  publish(runs: readonly DatabaseRun[]): Promise<void>;
  now(): number;
}

/**
 * One run: all databases side by side, then the data points of all in as few requests as there can be.
 *
 * @param remaining ms until Lambda ends us.
 * @throws {GuardFaultError} last, when alerts, memory or data points failed for any database.
 */
export async function runGuard(
  databases: readonly Database[],
  remaining: number,
  parts: RunParts,
): Promise<RunSummary> {
  const window = runWindow(parts.now(), remaining);
  const runs = await Promise.all(databases.map((database) => parts.watch(database, window)));
  // Data points, memory and the end of the sessions wait for nothing of each other.
  const [published, ...finished] = await Promise.all([
    parts.publish(runs).then(
      () => [],
      (error: unknown) => [toError(error)],
    ),
    ...runs.map((run) => run.finished),
  ]);
  const faults = [...finished.flat(), ...published];
  if (faults.length > 0) throw new GuardFaultError(faults);
  return {
    databases: runs.map((run) => ({
      name: run.database.name,
      level: run.level,
      lastObservation: run.observations.at(-1)?.kind ?? null,
      samples: run.observations.length,
      alertsSent: run.alertsSent,
      terminated: run.terminated,
    })),
  };
}
