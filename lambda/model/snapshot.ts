import * as v from 'valibot';
import { holder, stateCount } from './holders.ts';
import { likelyCauses } from './likely-cause.ts';
import { capacity } from './observation.ts';
import { count, list, time } from './stored.ts';

/** See {@link Snapshot}. */
export const snapshot = v.object({
  at: time,
  capacity,
  versionNum: count,
  isReplica: v.boolean(),
  /** The server's own start time as text; another value means that it restarted. */
  startedAt: v.string(),
  /** When another primary than before was first seen to answer here. */
  movedAt: v.optional(time),
  /** The role the guard logs in as. */
  role: v.string(),
  used: count,
  /** Only states that occur, most sessions first. */
  states: list(stateCount),
  /** The few with the most sessions, most first. */
  holders: list(holder),
  /** How many holders there are in all. */
  holderCount: count,
  /** What probably fills the server. */
  causes: likelyCauses,
});

/** What a message needs of one sample, small enough to be remembered for the check that is refused. */
export type Snapshot = Readonly<v.InferOutput<typeof snapshot>>;
