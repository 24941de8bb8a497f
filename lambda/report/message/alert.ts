import type { Hint } from '../../assess/hints.ts';
import type { Notice, RecentSample } from '../../model/memory.ts';
import type { Capacity, Failure, Refusal } from '../../model/observation.ts';
import type { Reclamation } from '../../model/reclamation.ts';
import type { Holder, StateCount } from '../../model/snapshot.ts';

export type { Notice } from '../../model/memory.ts';

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
  /** Seconds between the two readings that `change` compares; null when there is nothing to compare with. */
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
  readonly notice: Notice;
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
  readonly hints: readonly Hint[];
  readonly actions: readonly Action[];
  /** What the guard could not see, one sentence each. */
  readonly unseen: readonly string[];
}

/** Where and how the team reads its messages. */
export interface Surroundings {
  /** An IANA name; the times of every message are told in it. */
  readonly timeZone: string;
  readonly dashboardUrl?: string;
  readonly logQueryUrl?: string;
}

/**
 * A custom notification of Amazon Q Developer in chat applications (its administrator guide, "Custom notifications").
 * `version` and `source` are fixed words: with others nothing is shown.
 */
export interface ChatNotification {
  readonly version: '1.0';
  readonly source: 'custom';
  readonly content: {
    readonly textType: 'client-markdown';
    readonly title: string;
    readonly description: string;
    readonly keywords?: readonly string[];
  };
  readonly metadata: {
    readonly threadId: string;
    readonly summary: string;
    readonly eventType: string;
  };
}

/** An alert in the forms that are sent. */
export interface RenderedAlert {
  /** One printable line under 100 characters (SNS limit). */
  readonly subject: string;
  /** The email: plain text in 72 columns. */
  readonly text: string;
  /** The chat message. */
  readonly chat: ChatNotification;
  /** Ties a recovery to its alert. */
  readonly threadId: string;
  /** SNS message attributes for filter policies. */
  readonly attributes: Readonly<Record<'database' | 'level' | 'kind', string>>;
}
