import type { Database, DatabaseInput } from '../../lambda/config/database.ts';
import type { CredentialsProvider } from '../../lambda/model/session.ts';
import type { Target } from '../../lambda/observe/connection.ts';

/** A database to sample, by which policy, and how to log in. */
export interface Connection {
  /**
   * As the function would have it, but for a Unix socket and a client certificate, which it does not know. With
   * `byPassword`, `login` says no more than the role: `credentials` is what logs in.
   */
  readonly database: Database & Pick<Target, 'tls'>;
  readonly credentials: CredentialsProvider;
  /** The role that we log in as, where it is known beforehand. */
  readonly user: string | null;
  /** Does a person give the password (or none is needed), and not AWS? */
  readonly byPassword: boolean;
  /** Is there a password, token or certificate to log in with? */
  readonly hasSecret: boolean;
}

/**
 * What the options of a command put in place of what the configuration says, in the configuration's own form; the
 * schema checks the whole.
 */
export type Override = (
  written: Pick<DatabaseInput, 'thresholds' | 'reclaim'>,
) => Readonly<Record<string, unknown>>;

/** `db.example:5432/postgres`. */
export function endpointOf({ host, port, database }: Pick<Database, 'host' | 'port' | 'database'>): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}/${database}`;
}
