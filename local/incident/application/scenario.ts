/** From and to, both possible. */
export type Range = readonly [number, number];

interface Group {
  /** What the group is called in the output. */
  readonly name: string;
  /** Its `application_name`; none when left out. */
  readonly application?: string;
}

/**
 * Open browser tabs: each holds one session and polls with it, always with the same statement. A user's next tab opens
 * as soon as the last one is closed, and asks for the same values.
 */
export interface Tabs extends Group {
  readonly kind: 'tabs';
  readonly users: number;
  /** Users that ask for the same values, one after the other in the order of their coming. @default 1 */
  readonly shareValues?: number;
  /** Users that arrive in a second. */
  readonly perSecond: number;
  /** Seconds between two polls. */
  readonly pollEvery: Range;
  /** Seconds that every second user leaves a tab open; the others never close theirs. Null: none closes a tab. */
  readonly staysFor: Range | null;
  /** Second from which on no further tab opens; tabs still close. */
  readonly until: number;
  /**
   * What becomes of the session of a closed tab: it stays open and `silent` after at most 5 s (kind A), it goes on
   * `polling` although no client reads what comes back (kind B), or one or the other (`both`).
   */
  readonly closed: 'silent' | 'polling' | 'both';
  /** Second from which on closed tabs close their sessions; those of before close evenly within `over` seconds. */
  readonly mend: { readonly at: number; readonly over: number } | null;
}

/**
 * Requests that run one statement right after opening a session and then leave it to Python's garbage collector, which
 * closes such sessions in lumps.
 */
export interface Pages extends Group {
  readonly kind: 'pages';
  readonly perSecond: number;
  /** Share of the refused requests that are tried again 1 to 3 s later: demand that piles up. */
  readonly retried: number;
  /** Requests, refused ones included, between two collections, and the share of the sessions that one closes. */
  readonly collector: { readonly every: Range; readonly share: Range };
  /** Second from which on no request comes. */
  readonly until?: number;
  /** Second from which on each request closes its session; those of before close evenly within `over` seconds. */
  readonly mend: { readonly at: number; readonly over: number } | null;
}

/** Background tasks: each holds a session, runs INSERT and UPDATE in turn, pauses in between, and never recovers when it is cut. */
export interface Tasks extends Group {
  readonly kind: 'tasks';
  readonly count: number;
  /** They start within so many seconds. */
  readonly startWithin: number;
  /** Seconds between two statements. */
  readonly pause: Range;
}

/** Clients that each hold one session, come back to it, and open another one when it was ended. */
export interface Holders extends Group {
  readonly kind: 'holders';
  readonly count: number;
  /** They open their sessions from second `at` on, evenly within `over` seconds. */
  readonly arrive: { readonly at: number; readonly over: number };
  /** Seconds between two uses of the session. */
  readonly useEvery: Range;
  /**
   * When they close their sessions for good. From second `drainedAt` on, where it is given, they no longer use them.
   */
  readonly leave: { readonly drainedAt?: number; readonly at: number; readonly over: number } | null;
  /** True for a pool of fixed size: a session that was ended is replaced at once, before any client asks for it. */
  readonly refills: boolean;
}

/** A connection pool that hands out the session that came back last. */
export interface Pool extends Group {
  readonly kind: 'pool';
  readonly size: number;
  /** It opens all its sessions from second `at` on, within `over` seconds, and tests each with one statement. */
  readonly opens: { readonly at: number; readonly over: number };
  /** Uses in a second, outside of peaks. */
  readonly usesPerSecond: number;
  /** At second `first` and then every so many seconds all its sessions are used at once. */
  readonly peaks: { readonly first: number; readonly every: number };
}

/** Requests that finish and leave their session open; no client comes back to it. */
export interface Leak extends Group {
  readonly kind: 'leak';
  /** Sessions that were left open before the scenario begins. */
  readonly initially: number;
  readonly perSecond: number;
  /** Second at which the leak begins. */
  readonly at: number;
  /** The state the session is left in. */
  readonly leftIn: 'idle' | 'idle in transaction';
}

/** Ordinary requests: each opens a session of its own, runs one statement and closes it. */
export interface Requests extends Group {
  readonly kind: 'requests';
  readonly perSecond: number;
  /** Seconds that the statement takes. */
  readonly lasting: Range;
}

/** One part of an application. Times are in seconds from the start of the scenario. */
export type ClientGroup = Tabs | Pages | Tasks | Holders | Pool | Leak | Requests;

/** Something that goes wrong on a database server, as data. */
export interface Scenario {
  readonly name: string;
  /** One sentence that says what happens. */
  readonly title: string;
  /** How long it is played, in seconds. */
  readonly seconds: number;
  readonly maxConnections: number;
  /** `reserved_connections` (PostgreSQL 16+); where it is not 0 the guard may use these slots. */
  readonly reservedConnections: number;
  /** In used slots; null for the guard's defaults. */
  readonly thresholds: { readonly warning: number; readonly critical: number } | null;
  readonly clients: readonly ClientGroup[];
  /** Every unit of work of every client is a transaction that ends with COMMIT. */
  readonly endsWithCommit: boolean;
  /** What people should know when it happens, by second. */
  readonly story: readonly { readonly at: number; readonly text: string }[];
}
