import type { Database } from '../config/database.ts';
import type { Memory } from '../model/memory.ts';
import type { Observation } from '../model/observation.ts';
import type { Lesson, SessionHistory } from './predictions/session-history.ts';

/** All that an assessment depends on. */
export interface AssessInput {
  readonly observation: Observation;
  readonly database: Database;
  readonly memory: Memory;
  /** What the sessions of this sample have shown of earlier predictions. @default null, where none are predicted */
  readonly lesson?: Lesson | null;
  /** What the samples up to this one have shown of the sessions. @default none were followed */
  readonly history?: SessionHistory;
  /** Ms since the epoch. */
  readonly now: number;
}
