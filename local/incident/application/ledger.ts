/** What the clients of the application went through. Times are in ms since the scenario began. */
export interface Ledger {
  /** Requests of the application, repeated ones included. */
  requests: number;
  /** Those of them that were refused a session. */
  refusedRequests: number;
  /** When each login was refused for want of a slot (53300), by requests and all other clients, in order. */
  readonly refusedAt: number[];
  /** Sessions that were ended while their client was still going to use them, by group of clients. */
  readonly cut: Map<string, number>;
  /** When each session was ended by something other than the application, in order. */
  readonly endedAt: number[];
  /** Statements of requests, polls and tasks that were answered. */
  served: number;
  /** Open sessions by group of clients. */
  readonly open: Map<string, number>;
  /** What should never happen to a client, by message: the replay is void when there is one. */
  readonly failures: Map<string, number>;
}

/** A ledger without entries. */
export function emptyLedger(): Ledger {
  return {
    requests: 0,
    refusedRequests: 0,
    refusedAt: [],
    cut: new Map(),
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

/** The sum of counts that are kept by name. */
export function total(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}
