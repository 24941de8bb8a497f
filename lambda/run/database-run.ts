import type { Database } from '../config/database.ts';
import type { Level } from '../model/level.ts';
import type { Observation } from '../model/observation.ts';

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
  /** What the guard itself failed at (alert, memory), as opposed to what it found of the database. */
  readonly faults: readonly Error[];
}
