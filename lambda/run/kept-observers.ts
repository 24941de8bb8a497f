import type { Database } from '../config/database.ts';
import type { Observer } from '../model/observer.ts';

/** Seconds without a statement after which a kept session ends: a minute's schedule and half of it. */
export const KEPT_FOR = 90;

/** Observers that outlive a run of this Lambda environment, so that the next run takes up their sessions. */
export interface KeptObservers {
  /** The kept observer of a database; null when there is none. Two runs at once never get the same. */
  take(database: Database): Observer | null;
  /** Keeps an observer for the next run. */
  keep(database: Database, observer: Observer): Promise<void>;
  /** Closes those that no run has taken up for {@link KEPT_FOR} seconds: their databases are watched no more. */
  prune(): Promise<void>;
}

/** Nothing is kept at first. */
export function createKeptObservers(now: () => number): KeptObservers {
  const kept = new Map<string, { readonly observer: Observer; readonly at: number }>();
  return {
    take: (database) => {
      const key = keyOf(database);
      const observer = kept.get(key)?.observer ?? null;
      kept.delete(key);
      return observer;
    },
    keep: async (database, observer) => {
      const key = keyOf(database);
      const other = kept.get(key)?.observer;
      kept.set(key, { observer, at: now() });
      await other?.close();
    },
    prune: async () => {
      const idle = [...kept].filter(([, { at }]) => now() - at >= KEPT_FOR * 1000);
      for (const [key] of idle) kept.delete(key);
      await Promise.all(idle.map(([, { observer }]) => observer.close()));
    },
  };
}

/** All that a session depends on: with another login or host it is another session. */
function keyOf({ host, port, database, login, tls, checkTimeout, reclaim }: Database): string {
  return JSON.stringify([host, port, database, login, tls, checkTimeout, reclaim.mode]);
}
