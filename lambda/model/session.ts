import { GuardError } from '../shared/guard-error.ts';
/** The role that logs in, and its password. The password (or IAM token) never reaches a log. */
export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** Where credentials come from: an IAM token signed on the spot, a secret, or the command line. */
export interface CredentialsProvider {
  /**
   * The credentials to log in with. `fresh` asks to pass by any cache: the server has just refused what the cache
   * held (SQLSTATE 28P01 after a rotation).
   *
   * @throws {CredentialsError} when they cannot be had.
   */
  credentials(options: { fresh: boolean; signal: AbortSignal }): Promise<Credentials>;
}

/** Thrown when credentials cannot be had at all (no such secret, access denied, malformed secret). */
export class CredentialsError extends GuardError {
  override readonly name = 'CredentialsError';
}

/** One open session on the server, in autocommit: inside BEGIN `pg_stat_activity` is frozen (PostgreSQL 12-18). */
export interface Session {
  /**
   * Runs one statement and returns its rows. Rejects with the driver's error, `code` being the SQLSTATE. Several may be
   * under way: each is a transaction of its own, and they run in order.
   */
  query<Row>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}
