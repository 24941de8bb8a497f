/** What the clients of the application went through. Times in ms since the epoch. */
export interface Ledger {
  /** Logins that the server refused for want of a slot (53300). */
  refusedLogins: number;
  /** Clients that came back to their session and found that somebody had ended it. */
  healthyClientsCut: number;
  /** When each session was ended by somebody other than the application, in order. */
  readonly endedAt: number[];
  /** Requests, polls and tasks that ran their statement. */
  served: number;
  /** Open sessions by group of clients. */
  readonly open: Map<string, number>;
  /** What should never happen to a client, by message: the replay is void when there is one. */
  readonly failures: Map<string, number>;
}

/** A ledger without entries. */
export function emptyLedger(): Ledger {
  return {
    refusedLogins: 0,
    healthyClientsCut: 0,
    endedAt: [],
    served: 0,
    open: new Map(),
    failures: new Map(),
  };
}

/** Adds to a count that is kept by name. */
export function add(counts: Map<string, number>, name: string, by: number): void {
  counts.set(name, (counts.get(name) ?? 0) + by);
}
