import type { Database } from '../config/database.ts';
import type { Observer } from '../model/observer.ts';
import type { Outcome } from '../model/reclamation.ts';
import type { MemoryStore } from '../remember/store.ts';
import type { Clock } from '../shared/clock.ts';
import type { Log } from '../shared/log.ts';
import type { ReclaimView, View } from './view.ts';

/** What an action works with. */
export interface ActParts {
  readonly database: Database;
  readonly observer: Observer;
  readonly store: MemoryStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly timeZone: string;
  /** May sessions be ended by hand? */
  readonly mayTerminate: boolean;
  /** Does the work as the only request that ends sessions of the database now; null, undone, while another is at it. */
  alone<T>(work: () => Promise<T>): Promise<T | null>;
}

/** What an action came to. */
export interface Answer {
  /** What came of it, for people. */
  readonly text: string;
  /** True when it changed something: what the thread is told of. */
  readonly changed: boolean;
  readonly view: View | null;
  readonly reclaim: ReclaimView | null;
  /** Of terminate: what became of each session that was named. */
  readonly outcomes: readonly { readonly pid: number; readonly outcome: Outcome }[] | null;
}

/** An answer that shows and changes nothing. */
export const NOTHING = { changed: false, view: null, reclaim: null, outcomes: null };
