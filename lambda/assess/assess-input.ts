import type { Database } from '../config/database.ts';
import type { Memory } from '../model/memory.ts';
import type { Observation } from '../model/observation.ts';

/** All that an assessment depends on. */
export interface AssessInput {
  readonly observation: Observation;
  readonly database: Database;
  readonly memory: Memory;
  /** Ms since the epoch. */
  readonly now: number;
}
