import type { Database } from '../../config/database.ts';
import type { HeadBlocker } from '../../model/head-blocker.ts';
import type { Holder } from '../../model/holders.ts';
import type { LikelyCause } from '../../model/likely-cause.ts';
import type { Notification, RecentSample } from '../../model/memory.ts';
import type { Failure, Limit, Refusal, SessionGroup } from '../../model/observation.ts';
import type { RuleScore } from '../../model/prediction.ts';
import type { Reclamation } from '../../model/reclamation.ts';
import type { Snapshot } from '../../model/snapshot.ts';

export type { Notification } from '../../model/memory.ts';

/** A holder of slots, with its change. */
export interface AlertHolder extends Holder {
  /** Sessions more than about ten minutes ago; null when nothing that old can be compared with. */
  readonly change: number | null;
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
  /** It only opens the way for the next step, which is what the lead names. @default false */
  readonly opens?: true;
}

/** What there is to say in a message, whatever the medium: facts, not yet words. */
export interface Alert {
  readonly notification: Notification;
  readonly database: Database;
  /** A person gave the password to log in with, so no command asks AWS for one. @default undefined, `database.login` holds */
  readonly byPassword?: boolean;
  /** Ms since the epoch. */
  readonly at: number;
  /** `server_version_num`; null when no login ever succeeded. */
  readonly versionNum: number | null;
  readonly isReplica: boolean | null;
  /** The guard's own role, where known. */
  readonly role: string | null;
  /** At level full: what refuses logins; null when the guard itself still got in. */
  readonly limit: Limit | null;
  /** This check's refusal or failure. */
  readonly refusal: Refusal | null;
  readonly failure: Failure | null;
  /** Failed checks in a row. */
  readonly failures: number;
  /** This check saw nothing of the sessions, for this reason; null when it saw them. */
  readonly blind: 'refused' | 'failed' | 'partial' | null;
  /** Sessions by identity and state, where this check saw them. */
  readonly groups: readonly SessionGroup[];
  /** The last sample; earlier than the alert when this check saw nothing. */
  readonly snapshot: Snapshot | null;
  /** Its largest holders, most sessions first. */
  readonly holders: readonly AlertHolder[];
  /** Seconds between the two samples that their `change` compares; null when there is nothing to compare with. */
  readonly changeOver: number | null;
  readonly trend: Trend | null;
  /** What reclaim did in this check. */
  readonly reclamation: Reclamation | null;
  /** How the rules of reclaim have done of late; empty where none was tried. */
  readonly scores: readonly RuleScore[];
  readonly causes: readonly LikelyCause[];
  /** When the last mute began, ms since the epoch: what was due after it waited for its end. Null: there was none. */
  readonly mutedAt: number | null;
  /** The session that most waiting ones wait for, where this check looked it up and found one. */
  readonly headBlocker: HeadBlocker | null;
  /** What each application holds of its budget, as lines of a table; none where no budgets are set, or nothing was seen. */
  readonly budgets: readonly string[];
}

/** Where and how the team reads its messages. */
export interface Surroundings {
  /** An IANA name; the times of every message are told in it. */
  readonly timeZone: string;
  readonly dashboardUrl?: string;
  /** See `lastHourUrl`. */
  readonly logQueryUrl?: string;
  /** The page that explains each message, without a fragment. */
  readonly docsUrl?: string;
  /** The function that people act through, and whether it may end sessions. @default none */
  readonly actions?: { readonly functionName: string; readonly region: string; readonly terminate: boolean };
  /** How the team calls the command line, such as `npx @acme/rds-connection-guard@1.2.3`. */
  readonly command?: string;
}
