import type { Ledger } from './ledger.ts';
import type { Random } from './random.ts';

/** One session of the application. */
export interface AppSession {
  /** Runs one unit of work. Returns `'ended'` when something ended the session, before or meanwhile. */
  use(sql: string): Promise<'done' | 'ended'>;
  /** Runs a statement in a transaction that stays open. */
  leaveInTransaction(sql: string): Promise<'done' | 'ended'>;
  readonly isOpen: boolean;
  /** Resolves when something other than {@link AppSession.close} ends the session. */
  readonly whenEnded: Promise<void>;
  /** From now on it counts as a session of another group of clients. */
  countAs(name: string): void;
  close(): Promise<void>;
}

/** What every client of the application is given: a server, a clock and a stream of random numbers. */
export interface Surroundings {
  readonly ledger: Ledger;
  /** Seconds since the scenario began. */
  elapsed(): number;
  /** Waits until a second of the scenario. Rejects when the application stops. */
  until(second: number): Promise<void>;
  /** Opens a session for a client of the group `name`. A refusal is counted and gives null. */
  open(name: string, application: string): Promise<AppSession | null>;
  /** Numbers that are the same for the same key in every play of the scenario with the same seed. */
  random(key: string): Random;
  /** Lets other work go on beside what starts it. */
  start(work: Promise<void>): void;
}

/** Waits until a second of the scenario, or shorter when the session is ended. */
export async function untilOrEnded(
  session: AppSession,
  second: number,
  around: Surroundings,
): Promise<'done' | 'ended'> {
  return await Promise.race([
    session.whenEnded.then(() => 'ended' as const),
    around.until(second).then(() => 'done' as const),
  ]);
}
