import { Socket } from 'node:net';
import { Client } from 'pg';
import type { Database } from '../config/database.ts';
import type { Credentials, Session } from '../model/session.ts';
import { orAborted } from '../shared/abort.ts';
import { isSessionLost, type LoginProgress } from './classify-error.ts';
import { type TlsSettings, tlsOptions } from './tls.ts';

/** More than this is no answer of ours, in bytes: 5,000 sessions one by one take some 2 MB. The driver keeps it all. */
const MOST_BYTES = 16 * 1024 * 1024;

/** How long closing the session may take, in ms; then the socket is destroyed. */
const CLOSE_WITHIN = 1000;

/**
 * Names in our statements mean PostgreSQL's own, whatever a login has created. A setting of the startup packet outranks
 * those of ALTER ROLE and ALTER DATABASE (PostgreSQL documentation, "Setting Parameters"). `pg_catalog` first is not
 * enough: a function or operator of any later schema is preferred when its argument types fit better (documentation,
 * "Function Type Resolution"). `pg_temp` has to be named, or it comes first for tables; functions are never looked up there.
 */
const FIXED_SEARCH_PATH = '-c search_path=pg_catalog,pg_temp';

/** A statement of the settings with which the server itself ends a session that is not used for `seconds`. */
const idleTimeout = (seconds: number) => `
SELECT pg_catalog.set_config('tcp_keepalives_idle', '${seconds / 2}', false),
  pg_catalog.set_config('tcp_keepalives_interval', '${seconds / 6}', false),
  pg_catalog.set_config('tcp_keepalives_count', '3', false),
  pg_catalog.set_config('tcp_user_timeout', '${seconds}s', false),
  CASE WHEN pg_catalog.current_setting('server_version_num')::pg_catalog.int4 OPERATOR(pg_catalog.>=) 140000
    THEN pg_catalog.set_config('idle_session_timeout', '${seconds}s', false) END`;

/** Where to connect, and for how long at most. */
export type Target = Pick<Database, 'host' | 'port' | 'database' | 'checkTimeout'> & {
  readonly tls: TlsSettings;
};

/** One connection to the server, from the first packet to the end of its session. */
export interface Connection extends Session {
  /** Logs in. Rejects with the driver's error, or with the signal's reason. */
  open(credentials: Credentials, signal: AbortSignal): Promise<void>;
  /** False before the login, and once the session is gone. */
  readonly isOpen: boolean;
  readonly progress: LoginProgress;
  /** Gives up at once, whatever is under way. */
  destroy(): void;
  /** Closes the session, in about a second at most. Never throws. */
  close(): Promise<void>;
}

/**
 * A connection that is not open yet.
 *
 * @param endsAfter seconds without a statement after which the server ends the session by itself: from PostgreSQL 14 on
 * `idle_session_timeout`, before that only if the machine at this end is gone or frozen, so that no keepalive is answered.
 * Undefined: never.
 */
export function createConnection(target: Target, endsAfter?: number): Connection {
  const socket = new Socket();
  let secured = target.tls.mode === 'disable';
  let isOpen = false;
  let client: Client | null = null;
  let received = 0;
  const count = (chunk: Buffer) => {
    received += chunk.length;
    if (received > MOST_BYTES) socket.destroy(new Error(`an answer of more than ${MOST_BYTES} bytes`));
  };

  const destroy = () => {
    isOpen = false;
    socket.destroy();
  };

  return {
    get isOpen() {
      return isOpen && !socket.destroyed;
    },
    get progress() {
      return { securing: !secured, answered: socket.bytesRead > 0, closed: socket.destroyed };
    },

    open: async (credentials, signal) => {
      try {
        const ssl = await orAborted(
          tlsOptions(target, () => {
            secured = true;
          }),
          signal,
        );
        // Called for every method: in the clear, MD5 or SCRAM. With `disable` the connection counts as secured.
        const password = async () => {
          if (!secured)
            throw new Error('the server asks for the password before its certificate was verified');
          return credentials.password;
        };
        client = new Client(clientConfig(target, { user: credentials.user, password }, ssl, socket));
        // Between two statements no call waits for the driver, which then says here that the session is gone. Without
        // a listener it would end the process.
        client.on('error', destroy);
        const { connection } = client;
        if (ssl === false) socket.on('data', count);
        else connection.once('sslconnect', () => connection.stream.on('data', count));
        await orAborted(client.connect(), signal);
        if (endsAfter !== undefined) await orAborted(client.query(idleTimeout(endsAfter)), signal);
        isOpen = true;
      } catch (error) {
        destroy();
        throw error;
      }
    },

    query: async <Row>(text: string, values?: readonly unknown[]) => {
      if (client === null) throw new Error('the session is not open');
      received = 0;
      try {
        const result = await client.query(text, values === undefined ? undefined : [...values]);
        return result.rows as Row[];
      } catch (error) {
        // After a time-out of the driver's own, the answer to this statement would be taken for that to the next.
        if (isSessionLost(error)) destroy();
        throw error;
      }
    },

    destroy,

    close: async () => {
      if (client !== null && isOpen && !socket.destroyed) {
        isOpen = false;
        // Either it ends or it does not; the socket goes all the same.
        await orAborted(client.end(), AbortSignal.timeout(CLOSE_WITHIN)).catch(() => {});
      }
      destroy();
    },
  };
}

function clientConfig(
  { host, port, database, checkTimeout }: Target,
  { user, password }: { readonly user: string; readonly password: () => Promise<string> },
  ssl: Awaited<ReturnType<typeof tlsOptions>>,
  socket: Socket,
) {
  const patience = Math.ceil(checkTimeout * 1000);
  return {
    host,
    port,
    database,
    user,
    password,
    ssl,
    stream: () => socket,
    application_name: 'rds-connection-guard',
    options: FIXED_SEARCH_PATH,
    // Reclaim sends its statements, each a transaction of its own, without waiting for the answer to the one before.
    pipeline: true,
    // The deadline of a sample ends a login or statement before these do. They hold for the statements of reclaim, and
    // the server's own make it give up what is not waited for; so the driver's comes after the server's.
    connectionTimeoutMillis: patience,
    statement_timeout: patience,
    lock_timeout: Math.ceil(patience / 2),
    query_timeout: patience + 1000,
    // A run holds its session for a minute: detect within it that the other end is gone.
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  };
}
