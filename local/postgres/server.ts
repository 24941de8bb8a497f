import { readFile } from 'node:fs/promises';
import { createAdmin } from './admin.ts';
import { defaultMajor, findBinaries } from './binaries.ts';
import { createCluster, type ServerCertificate } from './cluster.ts';

/** What a PostgreSQL server for tests and replays is to be like. */
export interface PostgresOptions {
  /** 18, or one of 13 to 17 after `npm ci --prefix test/postgres-majors`. Default: `RCG_POSTGRES_MAJOR`, else 18. */
  readonly major?: number;
  /** `max_connections`; default 20. */
  readonly maxConnections?: number;
  /** More settings for postgresql.conf, by name. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Turns TLS on, with this certificate and key (PEM). */
  readonly tls?: ServerCertificate;
}

/** A real PostgreSQL server on 127.0.0.1 that lives in a directory of its own and leaves nothing behind. */
export interface PostgresServer extends AsyncDisposable {
  readonly host: '127.0.0.1';
  readonly port: number;
  readonly major: number;
  readonly superuser: { readonly user: 'postgres'; readonly password: string };
  /**
   * Runs SQL as superuser in the database `postgres`; several statements are allowed, the rows are those of the last.
   * The session is opened at the first call and kept. It is a walsender, so it takes no slot of `max_connections`, is
   * no client backend in any count, and gets in when the server is full. That kind of session takes no
   * parameters: use `pg.escapeLiteral` and `pg.escapeIdentifier`.
   */
  query<Row = Record<string, unknown>>(sql: string): Promise<Row[]>;
  /** The server's log up to now. */
  readLog(): Promise<string>;
  /** Stops the server and starts it again on the same port. `immediate` is like a crash. */
  restart(mode?: StopMode): Promise<void>;
  /** Stops the postmaster (SIGSTOP): from now on logins are accepted by the kernel and never answered. */
  pause(): void;
  /** Ends {@link PostgresServer.pause}. */
  resume(): void;
  /** Stops the server and removes its directory. May be called again. */
  stop(): Promise<void>;
}

/** How to stop: `fast` ends sessions in good order, `immediate` aborts without a checkpoint. */
type StopMode = 'fast' | 'immediate';

/**
 * Starts a PostgreSQL server, in 1 to 2 seconds. When this process ends in any way short of SIGKILL the server and its
 * directory go with it.
 *
 * @throws {Error} with the server's log when it does not start; nothing is left behind then.
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const major = options.major ?? defaultMajor();
  const cluster = await createCluster({
    major,
    binaries: await findBinaries(major),
    tls: options.tls ?? null,
    settings: { max_connections: String(options.maxConnections ?? 20), ...options.settings },
  });
  const superuser = { user: 'postgres', password: cluster.password } as const;
  const admin = createAdmin({ host: '127.0.0.1', port: cluster.port, ...superuser });
  const stop = async () => {
    await admin.close();
    await cluster.remove();
  };
  return {
    host: '127.0.0.1',
    port: cluster.port,
    major,
    superuser,
    query: (sql) => admin.query(sql),
    readLog: () => readFile(cluster.logFile, 'utf8'),
    restart: async (mode = 'fast') => {
      await admin.close();
      await cluster.stop(mode);
      await cluster.start();
    },
    pause: () => cluster.signal('SIGSTOP'),
    resume: () => cluster.signal('SIGCONT'),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
