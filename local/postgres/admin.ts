import { Client, type ClientConfig } from 'pg';

/** A superuser's way in that costs no slot. */
export interface Admin {
  /** Runs one or more statements; the rows are those of the last. Opens the session if there is none. */
  query<Row>(sql: string): Promise<Row[]>;
  /** Ends the session if there is one. */
  close(): Promise<void>;
}

/**
 * Logs in as a logical walsender (`replication=database`), which runs ordinary SQL through the simple protocol but has
 * its own pool (`max_wal_senders`, PostgreSQL 12+): it takes no slot and is no client backend.
 */
export function createAdmin(login: ClientConfig): Admin {
  const config: ClientConfig & { replication: 'database' } = {
    ...login,
    database: 'postgres',
    application_name: 'admin',
    replication: 'database',
    connectionTimeoutMillis: 30_000,
  };
  let open: Promise<Client> | null = null;

  const connect = async () => {
    const client = new Client(config);
    // The server went away (a test stopped it): the next query opens another session.
    client.on('error', () => {
      open = null;
    });
    await client.connect();
    return client;
  };

  return {
    query: async <Row>(sql: string) => {
      open ??= connect();
      const client = await open.catch((error: unknown) => {
        open = null;
        throw error;
      });
      // pg gives one result for one statement and a list of them for several, which its types do not say.
      const result: unknown = await client.query(sql);
      const last: unknown = Array.isArray(result) ? result.at(-1) : result;
      return (last as { rows: Row[] }).rows;
    },
    close: async () => {
      const closing = open;
      open = null;
      // A session that never opened, or is already gone, needs no end.
      await closing?.then((client) => client.end()).catch(() => {});
    },
  };
}
