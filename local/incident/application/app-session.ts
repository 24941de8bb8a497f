import { Client, type ClientConfig, DatabaseError } from 'pg';
import { add, type Ledger } from './ledger.ts';

/** One session of the application. */
export interface AppSession {
  /** Runs one statement. Returns `'ended'` when the session was ended by somebody else, before or meanwhile. */
  use(sql: string): Promise<'done' | 'ended'>;
  /** Resolves when somebody else ends the session. */
  readonly whenEnded: Promise<void>;
  close(): Promise<void>;
}

/** What opening a session needs to know. */
export interface AppLogin {
  readonly config: ClientConfig;
  readonly ledger: Ledger;
  /** Aborted when the application stops: what breaks from then on is nobody's failure. */
  readonly stopping: AbortSignal;
}

/** An administrator's command, idle_session_timeout and idle_in_transaction_session_timeout (PostgreSQL, errcodes). */
const ENDED_BY_SERVER = new Set(['57P01', '57P05', '25P03']);

/** The server refuses the login for want of a slot. */
const TOO_MANY_CONNECTIONS = '53300';

/** Opens a session for a client of the group `name`. A refusal is counted and gives null; so does a login while stopping. */
export async function openSession(name: string, login: AppLogin): Promise<AppSession | null> {
  const { ledger, stopping } = login;
  const client = new Client(login.config);
  let state: 'opening' | 'open' | 'ended' | 'closed' = 'opening';
  let tellEnded = () => {};
  const whenEnded = new Promise<void>((resolve) => {
    tellEnded = resolve;
  });

  /** What ended it before its login was known to have come through. */
  let early: unknown = null;

  const lost = (error: unknown) => {
    if (state === 'opening') early = error;
    if (state !== 'open' || stopping.aborted) return;
    state = 'ended';
    add(ledger.open, name, -1);
    if (isEndedByServer(error)) ledger.endedAt.push(Date.now());
    else fail(error, login);
    tellEnded();
  };
  client.on('error', lost);

  try {
    await client.connect();
  } catch (error) {
    if (sqlState(error) === TOO_MANY_CONNECTIONS) ledger.refusedLogins++;
    else fail(error, login);
    return null;
  }
  state = 'open';
  add(ledger.open, name, 1);
  if (early !== null) lost(early);

  return {
    whenEnded,
    use: async (sql) => {
      if (state !== 'open') return 'ended';
      try {
        await client.query(sql);
        ledger.served++;
        return 'done';
      } catch (error) {
        lost(error);
        return 'ended';
      }
    },
    close: async () => {
      if (state === 'open') {
        state = 'closed';
        add(ledger.open, name, -1);
      }
      await client.end().catch((error: unknown) => {
        if (!stopping.aborted) throw error;
      });
    },
  };
}

function fail(error: unknown, { ledger, stopping }: AppLogin): void {
  if (!stopping.aborted) add(ledger.failures, error instanceof Error ? error.message : String(error), 1);
}

function sqlState(error: unknown): string | undefined {
  return error instanceof DatabaseError ? error.code : undefined;
}

function isEndedByServer(error: unknown): boolean {
  return ENDED_BY_SERVER.has(sqlState(error) ?? '');
}
