import type { Observation } from './observation.ts';
import type { Session } from './session.ts';

/** Samples one database, as often as asked, on one session that it keeps open while the server fills. */
export interface Observer {
  /**
   * Takes one sample. Opens the session when none is open; tries again, while the server refuses, until the deadline of one sample
   * (`checkTimeout`) or until `signal` aborts. Never rejects for what the database, the network or the credentials do.
   */
  sample(signal: AbortSignal): Promise<Observation>;
  /** The open session, for the statements of reclaim; null when none is open. */
  readonly session: Session | null;
  /** Ends the session within about a second, whatever state it is in. Never throws. May be called again. */
  close(): Promise<void>;
}
