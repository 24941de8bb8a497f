import * as v from 'valibot';
import { incident, level, recentSample, undelivered } from './notification.ts';
import { FAILURE_CLASSES } from './observation.ts';
import { emptyLearned, learned } from './prediction.ts';
import { emptyReclaimMemory, reclaimMemory } from './reclamation.ts';
import { snapshot } from './snapshot.ts';
import { count, time } from './stored.ts';

export type { Answer, Incident, Notification, RecentSample, Undelivered } from './notification.ts';

// What the next check of a database needs to know of earlier ones. Plain JSON, a few kB.

const holderCounts = v.object({
  at: time,
  /** Sessions by `holderKey`, the largest holders only. */
  counts: v.record(v.string(), count),
  /** False when there were more holders than `counts` names. */
  complete: v.boolean(),
});

/** How many sessions each large holder had at some moment: what "change over ten minutes" is measured against. */
export type HolderCounts = Readonly<v.InferOutput<typeof holderCounts>>;

const failing = v.object({
  threadId: v.string(),
  /** When the first failed check of the row ended. */
  since: time,
  /** Failed checks in a row. */
  count,
  class: v.picklist(FAILURE_CLASSES),
  /** When people were last told; null: not yet. */
  notifiedAt: v.nullable(time),
});

const noAnswers = { acknowledged: null, muted: null };

const answers = v.object({
  /** The threads that somebody has acknowledged: no reminders are sent in them. */
  acknowledged: v.nullable(v.object({ at: time, by: v.string(), threads: v.array(v.string()) })),
  /** Until when most of what happens waits, see `isMuted`. */
  muted: v.nullable(v.object({ at: time, by: v.string(), until: time })),
});

const noBudgets = { over: [], exceeding: null };

const budgets = v.object({
  /** Budgets that are exceeded, or were until a moment ago. */
  over: v.array(
    v.object({
      name: v.string(),
      threadId: v.string(),
      since: time,
      /** Samples in a row that were over the budget. */
      samples: count,
      /** When people were last told; null: not yet. */
      notifiedAt: v.nullable(time),
      /** Since when all samples were within the budget; null when the last one was not. */
      clearSince: v.nullable(time),
    }),
  ),
  /** What all budgets promise, where it is more than the usable slots, as people were told; else null. */
  exceeding: v.nullable(v.object({ promised: count, usable: count })),
});

export const memory = v.object({
  /** When the last check was assessed, ms since the epoch. */
  at: time,
  level,
  /** When that level was entered. */
  since: time,
  /** Since when all samples were clear of each level; null when the last one was not. */
  clearSince: v.object({
    warning: v.nullable(time),
    critical: v.nullable(time),
    full: v.nullable(time),
  }),
  incident: v.nullable(incident),
  /** When people were last told of the level; null: never. */
  notifiedAt: v.nullable(time),
  failing: v.nullable(failing),
  /** Since when sessions are hidden from us; null when they are not. */
  partialSince: v.nullable(time),
  /** Is the right to terminate sessions missing, and people told so? */
  cannotTerminate: v.optional(v.boolean(), false),
  /** What people were told of reclaim within the hour: the hash of a paused pool, or the hour's limit. */
  reclaimTold: v.optional(v.array(v.object({ about: v.string(), at: time })), []),
  /** Notifications not known to be published, at most one of each thread, and one of the answers in it. */
  undelivered: v.array(undelivered),
  /** Samples of the last half hour, oldest first, thinned. */
  recent: v.array(recentSample),
  /** Holders of the last ten minutes or so, oldest first. */
  holders: v.array(holderCounts),
  /** The last sample; null when there was none. */
  lastSeen: v.nullable(snapshot),
  reclaim: reclaimMemory,
  /** How the predictions of reclaim have turned out; a memory of version 0.1.0 has none. */
  learned: v.optional(learned, emptyLearned),
  budgets: v.optional(budgets, noBudgets),
  answers: v.optional(answers, noAnswers),
});

/** See the entries of the schema above. */
export type Memory = Readonly<v.InferOutput<typeof memory>>;

/** The memory of a database that was never checked. */
export function emptyMemory(now: number): Memory {
  return {
    at: now,
    level: 'ok',
    since: now,
    clearSince: { warning: null, critical: null, full: null },
    incident: null,
    notifiedAt: null,
    failing: null,
    partialSince: null,
    cannotTerminate: false,
    reclaimTold: [],
    undelivered: [],
    recent: [],
    holders: [],
    lastSeen: null,
    reclaim: emptyReclaimMemory,
    learned: emptyLearned,
    budgets: noBudgets,
    answers: noAnswers,
  };
}
