import type { Database } from '../config/database.ts';
import type { Level } from '../model/level.ts';
import type { Observation } from '../model/observation.ts';
import type { Clock } from '../shared/clock.ts';
import { GuardError } from '../shared/guard-error.ts';
import { toError } from '../shared/to-error.ts';
import type { Window } from './sampling-schedule.ts';
import type { DatabaseData, DatabaseWatch } from './watch-database.ts';

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
  /** Watches one database during the window. */
  watch(database: Database, window: Window): DatabaseWatch;
  /** Sends data points. */
  publish(batch: readonly DatabaseData[]): Promise<void>;
  readonly clock: Clock;
}

/** So long do the data points of databases that are done wait for those that soon are, in ms. */
const TOGETHER = 500;

/**
 * One run: all databases side by side, and their data points in as few requests as there can be without waiting for the
 * slowest database.
 *
 * @throws {GuardFaultError} last, when alerts, memory or data points failed for any database.
 */
export async function runGuard(
  databases: readonly Database[],
  window: Window,
  parts: RunParts,
): Promise<RunSummary> {
  const watches = databases.map((database) => parts.watch(database, window));
  // Data points, memory and the end of the sampling wait for nothing of each other.
  const [unpublished, runs] = await Promise.all([
    publishData(watches, window, parts),
    Promise.all(watches.map(({ finished }) => finished)),
  ]);
  const faults = [...runs.flatMap((run) => run.faults), ...unpublished];
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

/**
 * Publishes what there is whenever databases are done, and at `publishAt` what there is of the others. Resolves to what
 * could not be published.
 */
async function publishData(
  watches: readonly DatabaseWatch[],
  { publishAt }: Window,
  parts: RunParts,
): Promise<Error[]> {
  const faults: Error[] = [];
  const open = new Set(watches);
  const done = watches.map((watch) => watch.sampled.then(() => open.delete(watch)));
  const over = new AbortController();
  const late = parts.clock.sleep(publishAt - parts.clock.now(), over.signal).catch(() => {});
  for (let unsent = watches; unsent.length > 0; ) {
    const isLate = parts.clock.now() >= publishAt;
    const batch = unsent.filter((watch) => isLate || !open.has(watch));
    unsent = unsent.filter((watch) => !batch.includes(watch));
    if (batch.length > 0) {
      await parts.publish(batch.map((watch) => watch.takeData())).catch((error: unknown) => {
        faults.push(toError(error));
      });
    } else {
      await Promise.race([...done, late]);
      await Promise.race([Promise.all(done), late, parts.clock.sleep(TOGETHER)]);
    }
  }
  over.abort();
  return faults;
}
