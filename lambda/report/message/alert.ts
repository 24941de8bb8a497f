import type { Database } from '../../config/database.ts';
import type { Holder, StateCount } from '../../model/holders.ts';
import type { Notification, RecentSample } from '../../model/memory.ts';
import type { Capacity, Failure, Limit, Refusal, SessionGroup } from '../../model/observation.ts';
import type { Reclamation } from '../../model/reclamation.ts';
import type { LikelyCause } from '../../model/snapshot.ts';

export type { Notification } from '../../model/memory.ts';

/** A holder of slots, with its change. */
export interface AlertHolder extends Holder {
  /** Sessions more than about ten minutes ago; null when nothing that old can be compared with. */
  readonly change: number | null;
}

/** The slots as last seen. */
export interface AlertSlots {
  readonly capacity: Capacity;
  readonly usable: number;
  readonly used: number;
  /** usable - used; never below 0. */
  readonly left: number;
  /** When, ms since the epoch: earlier than the alert when this check saw nothing (refused, failed). */
  readonly seenAt: number;
  readonly states: readonly StateCount[];
  readonly holders: readonly AlertHolder[];
  /** How many holders there are in all. */
  readonly holderCount: number;
  /** Seconds between the two samples that `change` compares; null when there is nothing to compare with. */
  readonly changeOver: number | null;
}

/** Where the used slots are going. */
export interface Trend {
  /** Oldest first. */
  readonly points: readonly RecentSample[];
  /** Slots a minute (Theil-Sen); null when there is no trend that can be trusted. */
  readonly slope: number | null;
  /** Seconds until no slot is left, likely and at the two ends of the slope's 5-95 % band; null without a trend up. */
  readonly fullIn: { readonly likely: number; readonly soonest: number; readonly latest: number } | null;
  /** A fast rise of the last two minutes: slots, over how many seconds, and seconds to the end at that pace. */
  readonly pace: { readonly rise: number; readonly over: number; readonly fullIn: number } | null;
}

/** One thing to do now. Names in `lines` are already quoted for `language`; the text is not escaped for a medium. */
export interface Action {
  /** One sentence: what it does. */
  readonly title: string;
  /** What to paste, if anything. */
  readonly language: 'sql' | 'shell' | null;
  readonly lines: readonly string[];
}

/** All that a message says, whatever the medium. */
export interface Alert {
  readonly notification: Notification;
  /** The database's name in the configuration, and where it is (`host:port`). */
  readonly database: string;
  readonly endpoint: string;
  /** Ms since the epoch. */
  readonly at: number;
  /** For example `PostgreSQL 17.10, writer`; null when no login ever succeeded. */
  readonly server: string | null;
  /** What the message is about, in one word: `CRITICAL`, `UNREACHABLE`, `RECOVERED`... */
  readonly word: string;
  /** The rest of the subject, after the database's name: fixed words and numbers only, nothing untrusted. */
  readonly headline: string;
  /** When the level is entered and left, in one sentence; null where no level is told. */
  readonly rule: string | null;
  readonly slots: AlertSlots | null;
  readonly trend: Trend | null;
  /** This check's refusal or failure. */
  readonly refusal: Refusal | null;
  readonly failure: Failure | null;
  /** Failed checks in a row. */
  readonly failures: number;
  /** What reclaim did in this check. */
  readonly reclamation: Reclamation | null;
  readonly reclaimMode: 'off' | 'dry-run' | 'terminate';
  readonly causes: readonly LikelyCause[];
  /** What each application holds of its budget, as lines of a table; none where no budgets are set, or nothing was seen. */
  readonly budgets: readonly string[];
  readonly actions: readonly Action[];
  /** What the guard could not see, one sentence each. */
  readonly blindSpots: readonly string[];
}

/** Where and how the team reads its messages. */
export interface Surroundings {
  /** An IANA name; the times of every message are told in it. */
  readonly timeZone: string;
  readonly dashboardUrl?: string;
  readonly logQueryUrl?: string;
  /** Where docs/alerts.md is published. */
  readonly docsUrl?: string;
}

/** What the choice of actions depends on. */
export interface Situation {
  readonly notification: Notification;
  readonly database: Database;
  readonly limit: Limit | null;
  readonly failure: Failure | null;
  readonly slots: AlertSlots | null;
  /** Sessions by identity and state, where this check saw them. */
  readonly groups: readonly SessionGroup[];
  readonly versionNum: number | null;
  /** The guard's own role, where known. */
  readonly role: string | null;
}
