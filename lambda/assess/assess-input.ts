import type { Database } from '../config/database.ts';
import type { Memory } from '../model/memory.ts';
import type { Observation } from '../model/observation.ts';
import type { Lesson } from './predictions/session-history.ts';

/** All that an assessment depends on. */
export interface AssessInput {
  readonly observation: Observation;
  readonly database: Database;
  readonly memory: Memory;
  /** What the sessions of this sample have shown of earlier predictions. @default null, where none are predicted */
  readonly lesson?: Lesson | null;
  /** Ms since the epoch. */
  readonly now: number;
}
