import type { Holder, StateCount } from './holders.ts';
import type { LikelyCause } from './likely-cause.ts';
import type { Capacity } from './observation.ts';

/** What a message needs of one sample, small enough to be remembered for the check that is refused. */
export interface Snapshot {
  /** Ms since the epoch. */
  readonly at: number;
  readonly capacity: Capacity;
  readonly versionNum: number;
  readonly isReplica: boolean;
  /** The server's own start time as text; another value means that it restarted. */
  readonly startedAt: string;
  /** The role the guard logs in as. */
  readonly role: string;
  readonly used: number;
  /** Only states that occur, most sessions first. */
  readonly states: readonly StateCount[];
  /** The few with the most sessions, most first. */
  readonly holders: readonly Holder[];
  /** How many holders there are in all. */
  readonly holderCount: number;
  /** What probably fills the server. */
  readonly causes: readonly LikelyCause[];
}
