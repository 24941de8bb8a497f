/** From and to, both possible. */
export type Range = readonly [number, number];

/** Clients that each hold one session and come back to it: open tabs, background tasks, the sessions of a pool. */
export interface Holders {
  readonly kind: 'holders';
  readonly name: string;
  readonly count: number;
  /** When they open their sessions: from second `at` on, evenly within `over` seconds, or ever more slowly with that time constant. */
  readonly arrive: { readonly at: number; readonly over: number; readonly shape: 'even' | 'slowing' };
  /** Seconds between two uses of the session. */
  readonly useEvery: Range;
  /**
   * When they close their sessions for good and what they do then: nothing, or a session for each use. From second
   * `drainedAt` on, where it is given, they no longer use them.
   */
  readonly leave: {
    readonly drainedAt?: number;
    readonly at: number;
    readonly over: number;
    readonly afterwards: 'gone' | 'fresh-sessions';
  } | null;
  /** True for a pool of fixed size: a session that was ended is replaced at once, before anybody asks for it. */
  readonly refills: boolean;
}

/** Requests that finish and leave their session open; nobody comes back to it. */
export interface Leak {
  readonly kind: 'leak';
  readonly name: string;
  /** Sessions that were left open before the scenario begins. */
  readonly initially: number;
  readonly perSecond: number;
  /** Second at which the leak begins. */
  readonly at: number;
  /** The state the session is left in. */
  readonly leftIn: 'idle' | 'idle in transaction';
  /** When the leak is mended: from second `at` on the leaked sessions close, evenly within `over` seconds. */
  readonly mend: { readonly at: number; readonly over: number } | null;
}

/** Ordinary requests: each opens a session of its own, runs one statement and closes it. */
export interface Requests {
  readonly kind: 'requests';
  readonly name: string;
  readonly perSecond: number;
  /** Seconds that the statement takes. */
  readonly lasting: Range;
}

/** One part of an application. Times are in seconds from the start of the scenario. */
export type ClientGroup = Holders | Leak | Requests;

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
  /** In used slots. */
  readonly thresholds: { readonly warning: number; readonly critical: number };
  readonly clients: readonly ClientGroup[];
  /** What people should know when it happens, by second. */
  readonly story: readonly { readonly at: number; readonly text: string }[];
}

/** The second at which each of the holders opens its session, in order. */
export function arrivals({ count, arrive }: Pick<Holders, 'count' | 'arrive'>): number[] {
  return Array.from({ length: count }, (_, index) => {
    const share = index / count;
    return arrive.at + arrive.over * (arrive.shape === 'even' ? share : -Math.log(1 - share));
  });
}
