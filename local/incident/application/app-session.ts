import { Client, type ClientConfig, DatabaseError } from 'pg';
import { add, type Ledger } from './ledger.ts';
import type { AppSession } from './surroundings.ts';

/** What opening a session needs to know. */
export interface AppLogin {
  readonly config: ClientConfig;
  readonly ledger: Ledger;
  /** Every unit of work is a transaction of its own: the last statement of an idle session is always COMMIT. */
  readonly endsWithCommit: boolean;
  /** Seconds since the scenario began. */
  elapsed(): number;
  /** Aborted when the application stops: what breaks from then on is no failure. */
  readonly stopping: AbortSignal;
}

/** An administrator's command, idle_session_timeout and idle_in_transaction_session_timeout (PostgreSQL, errcodes). */
const ENDED_BY_SERVER = new Set(['57P01', '57P05', '25P03']);

/** The server refuses the login for want of a slot. */
const TOO_MANY_CONNECTIONS = '53300';

/** Opens a session for a client of the group `name`. A refusal is counted and gives null; so does a login while stopping. */
export async function openSession(
  name: string,
  application: string,
  login: AppLogin,
): Promise<AppSession | null> {
  const { ledger, stopping } = login;
  const client = new Client({ ...login.config, application_name: application });
  let state: 'opening' | 'open' | 'ended' | 'closed' = 'opening';
  let group = name;
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
    add(ledger.open, group, -1);
    if (isEndedByServer(error)) ledger.endedAt.push(login.elapsed() * 1000);
    else fail(error, login);
    tellEnded();
  };
  client.on('error', lost);

  try {
    await client.connect();
  } catch (error) {
    if (sqlState(error) === TOO_MANY_CONNECTIONS) ledger.refusedAt.push(login.elapsed() * 1000);
    else fail(error, login);
    return null;
  }
  state = 'open';
  add(ledger.open, group, 1);
  if (early !== null) lost(early);

  const run = async (statements: readonly string[]) => {
    try {
      for (const statement of statements) {
        if (state !== 'open') return 'ended';
        await client.query(statement);
      }
      ledger.served++;
      return 'done';
    } catch (error) {
      lost(error);
      return 'ended';
    }
  };
  return {
    whenEnded,
    get isOpen() {
      return state === 'open';
    },
    use: (sql) => run(login.endsWithCommit ? ['BEGIN', sql, 'COMMIT'] : [sql]),
    leaveInTransaction: (sql) => run(['BEGIN', sql]),
    countAs: (other) => {
      if (state === 'open') {
        add(ledger.open, group, -1);
        add(ledger.open, other, 1);
      }
      group = other;
    },
    close: async () => {
      if (state === 'open') {
        state = 'closed';
        add(ledger.open, group, -1);
      }
      await client.end().catch((error: unknown) => {
        if (!stopping.aborted) throw error;
      });
    },
  };
}

/** Counts what should never happen to a client; while the application stops, everything may. */
export function fail(error: unknown, { ledger, stopping }: AppLogin): void {
  if (!stopping.aborted) add(ledger.failures, error instanceof Error ? error.message : String(error), 1);
}

function sqlState(error: unknown): string | undefined {
  return error instanceof DatabaseError ? error.code : undefined;
}

function isEndedByServer(error: unknown): boolean {
  return ENDED_BY_SERVER.has(sqlState(error) ?? '');
}
