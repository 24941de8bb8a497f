import * as v from 'valibot';
import { LEVELS } from './level.ts';
import { likelyCauses } from './likely-cause.ts';
import { LIMITS } from './observation.ts';
import { pausedPool } from './reclamation.ts';
import { count, time } from './stored.ts';

// Notifications, in the form in which they are stored.

/** See {@link Level}. */
export const level = v.picklist(LEVELS);

/** See {@link RecentSample}. */
export const recentSample = v.object({ at: time, used: count, usable: count });

/** One sample kept for the trend. `at` in ms since the epoch. */
export type RecentSample = Readonly<v.InferOutput<typeof recentSample>>;

/** See {@link Incident}. */
export const incident = v.object({
  /** Ties every message of the incident together (`threadId`). */
  id: v.string(),
  startedAt: time,
  worst: level,
  /** Most slots used in any sample since it started; null when every check was refused. */
  peak: v.nullable(recentSample),
  /** Checks that the server refused. */
  refused: count,
  /** The limit that refused the last of them. */
  limit: v.nullable(v.picklist(LIMITS)),
  /** Sessions that reclaim has ended (or only signalled, or in dry-run would have ended) since it started. */
  ended: count,
  signalled: count,
  wouldEnd: count,
  /** The levels that were entered, in order, the last few: what a recovery tells as its timeline. */
  entered: v.optional(v.array(v.object({ level, at: time })), []),
  /** The likely causes when most slots were used. */
  causes: v.optional(likelyCauses, []),
});

/** The time from leaving `ok` until back at `ok`. */
export type Incident = Readonly<v.InferOutput<typeof incident>>;

/** Why a message is due: see docs/alerts.md. */
export const NOTIFICATION_KINDS = [
  /** A worse level was entered. */
  'level',
  /** Still `full`, but now the server itself is, and not only a limit of the guard's own role or database. */
  'server-full',
  /** A better level than before, but not `ok` yet. */
  'eased',
  /** Back to `ok`: the incident is over. */
  'recovered',
  /** The level lasts. */
  'reminder',
  /** Failed checks in a row: we do not know. */
  'unreachable',
  'still-unreachable',
  'reachable',
  /** Logged in, but sessions of others are hidden. */
  'partial',
  /** Reclaim is to terminate sessions, and the guard's role has no right to. */
  'cannot-terminate',
  /** Reclaim leaves a pool alone that opens again what is ended. */
  'reclaim-paused',
  /** Of the sessions that reclaim may end in an hour hardly any are left. */
  'reclaim-limit',
  /** An application holds more sessions than its budget; still; no longer. */
  'over-budget',
  'still-over-budget',
  'within-budget',
  /** The budgets together promise more sessions than there are usable slots. */
  'budgets-exceed-usable',
  /** Somebody has answered: acknowledged, muted, or ended sessions by hand. */
  'answered',
] as const;

/** See {@link Answer}. */
export const answer = v.object({
  action: v.picklist(['acknowledge', 'mute', 'terminate']),
  at: time,
  /** As AWS names them, or as they call themselves: untrusted text, bounded. */
  by: v.string(),
  /** Of a mute: until when it holds. Not after `at`: a mute was ended. */
  until: v.optional(time),
  /** Of terminate: how many sessions are gone, of how many that were named. */
  ended: v.optional(count),
  named: v.optional(count),
});

/** What somebody did about an incident through the function of the actions. */
export type Answer = Readonly<v.InferOutput<typeof answer>>;

/** See {@link Notification}. */
export const notification = v.object({
  kind: v.picklist(NOTIFICATION_KINDS),
  /** The level held now. */
  level,
  previousLevel: level,
  /** When the level before was entered, ms since the epoch. */
  previousSince: time,
  /** When the notification arose, ms since the epoch. */
  at: time,
  /** When that level was entered; for the unreachable kinds: when the failing checks began. */
  since: time,
  /** Messages of one incident share it. */
  threadId: v.string(),
  /** The incident as it stood, the finished one for `recovered`; null outside one. */
  incident: v.nullable(incident),
  /** Set when publishing failed before: since when people should have known. */
  dueSince: v.nullable(time),
  /** For the kinds about budgets: which one, the sessions it holds (all budgets: promise) and may hold (are usable). */
  budget: v.optional(v.object({ name: v.string(), used: count, sessions: count })),
  /** For the kind `reclaim-paused`: the pools of which people were not told before. */
  paused: v.optional(v.array(pausedPool)),
  /** For the kind `reclaim-limit`: how many were ended in the last hour, `maxPerHour`, and when the oldest count no more. */
  hour: v.optional(v.object({ ended: count, most: count, freeAt: time })),
  /** For the kind `answered`: what was done, oldest first. */
  answers: v.optional(v.array(answer)),
});

/** A reason to tell people something now. */
export type Notification = Readonly<v.InferOutput<typeof notification>>;

/** See {@link Undelivered}. */
export const undelivered = v.object({
  notification,
  /** How many attempts to publish it have failed. */
  failed: count,
  /** No attempt is made before this, ms since the epoch. */
  nextAttemptAt: time,
  /** The attempt that is under way, since when; null when none is. */
  claim: v.nullable(v.object({ attempt: v.string(), at: time })),
});

/** A notification that is not known to be published. */
export type Undelivered = Readonly<v.InferOutput<typeof undelivered>>;
