import * as v from 'valibot';
import type { HeadBlocker } from './head-blocker.ts';
import type { SampledSessions, SessionState } from './sampled-session.ts';
import { count } from './stored.ts';

/** See {@link Capacity}. */
export const capacity = v.object({
  maxConnections: count,
  /** `superuser_reserved_connections` */
  superuserReserved: count,
  /** `reserved_connections`, PostgreSQL 16+; 0 where it does not exist. */
  reserved: count,
  /** `rds.rds_superuser_reserved_connections`, RDS up to 15; 0 elsewhere. */
  rdsSuperuserReserved: count,
  /** `rds.rds_reserved_connections`, RDS from 12.21, 13.17, 14.14, 15.9, 16.5 and 17.1; 0 elsewhere. */
  rdsReserved: count,
});

/** `max_connections` and every reservation that an ordinary role cannot use. All are slots. */
export type Capacity = Readonly<v.InferOutput<typeof capacity>>;

/** Slots that an ordinary role can get: `max_connections` less every reservation, never below 0. */
export function usableSlots(capacity: Capacity): number {
  return Math.max(
    0,
    capacity.maxConnections -
      capacity.superuserReserved -
      capacity.reserved -
      capacity.rdsSuperuserReserved -
      capacity.rdsReserved,
  );
}

/** What the server says of itself. */
export interface Server {
  /** `server_version_num`, for example 170010. */
  readonly versionNum: number;
  /** `pg_is_in_recovery()`: true on a reader. */
  readonly isReplica: boolean;
  /** `pg_postmaster_start_time()` as text: another value means that the server restarted. */
  readonly startedAt: string;
  /** May we signal other roles' sessions (`pg_signal_backend`)? */
  readonly canSignal: boolean;
  /** The role we are logged in as. */
  readonly role: string;
}

/** Sessions that share database, role, application, client and state. Names are the server's: untrusted text. */
export interface SessionGroup {
  readonly database: string | null;
  readonly role: string | null;
  /** `application_name`; often empty. */
  readonly application: string;
  /** The client's address without port; null for a Unix socket. */
  readonly client: string | null;
  readonly state: SessionState;
  readonly count: number;
  /** Seconds since the oldest `state_change` in the group; null where the server does not say. */
  readonly oldestStateAge: number | null;
  /** Seconds since the oldest `xact_start` in the group; null when none is in a transaction. */
  readonly oldestTransactionAge: number | null;
  /**
   * Idle sessions that come back: opened over 10 s ago and used within the last 5 s. Where sessions are followed from
   * sample to sample, also those that keep to a longer rhythm.
   */
  readonly returning: number;
  /** Those of them that never idle for over 5 s and run the same statement again and again. @default not followed */
  readonly streams?: number;
  /** Sessions idle for over 5 s and not used since 5 s after their login; 0 where all logged in at once, as pools do. */
  readonly usedOnce: number;
  /** Sessions opened within the last two minutes. */
  readonly opened: number;
  /** Sessions that wait for a lock. */
  readonly waiting: number;
}

/** A role or database with a CONNECTION LIMIT of its own. */
export interface ConnectionLimit {
  readonly kind: 'role' | 'database';
  readonly name: string;
  /** The limit, in sessions. */
  readonly limit: number;
  /** Client backends that count against it now, other than our own session. */
  readonly used: number;
}

interface Observed {
  /** When the sample ended, in ms since the epoch, by our clock. */
  readonly at: number;
  /** How long it took, in ms. */
  readonly took: number;
}

/** The sample saw every session. */
export interface Sample extends Observed {
  readonly kind: 'sample';
  readonly capacity: Capacity;
  readonly server: Server;
  /** Client backends other than our own session: what is taken out of the usable slots. */
  readonly used: number;
  readonly groups: readonly SessionGroup[];
  readonly limits: readonly ConnectionLimit[];
  /** Every session, where reclaim is not off; null where it is. */
  readonly sessions: SampledSessions | null;
  /** The session that most waiting ones wait for; null when there is none. @default not looked up */
  readonly headBlocker?: HeadBlocker | null;
}

/** We logged in, but without `pg_read_all_stats` the sessions of others are hidden: no count would be true. */
export interface PartialView extends Observed {
  readonly kind: 'partial';
  readonly capacity: Capacity;
  readonly server: Server;
}

/**
 * Which limit turned us away (SQLSTATE 53300 each time; told apart by the reporting routine and the text):
 * - `all-slots`: every slot is taken, the superuser's included, or many logins are in flight
 * - `superuser-slots`: only the slots of `superuser_reserved_connections` are left
 * - `reserved-slots`: only the slots of `reserved_connections` (16+) are left
 * - `rds-slots`: only the slots that RDS keeps for itself are left
 * - `role-limit`, `database-limit`: the CONNECTION LIMIT of our own role, or of the database we log in to
 */
export const LIMITS = [
  'all-slots',
  'superuser-slots',
  'reserved-slots',
  'rds-slots',
  'role-limit',
  'database-limit',
] as const;

/** One of {@link LIMITS}. */
export type Limit = (typeof LIMITS)[number];

/** A limit of the guard's own role, or of the database it logs in to: others may well get in. */
export function isOwnLimit(limit: Limit | null): limit is 'role-limit' | 'database-limit' {
  return limit === 'role-limit' || limit === 'database-limit';
}

/** The server refused us for want of a slot: the worst observation there is, not a failure to observe. */
export interface Refusal extends Observed {
  readonly kind: 'refused';
  readonly limit: Limit;
  /** How many logins were tried. */
  readonly attempts: number;
  /** The server's own words, bounded; untrusted text. */
  readonly text: string;
}

/** Why no sample could be taken. */
export const FAILURE_CLASSES = [
  /** The host name does not resolve. */
  'dns',
  /** Connection refused, reset or unreachable: wrong port, security group, server down. */
  'network',
  /** Nothing answered within the deadline, at whatever stage. */
  'timeout',
  /** The certificate or the TLS handshake. */
  'tls',
  /** Wrong password, expired token, unknown role, no pg_hba entry (28P01, 28000). */
  'credentials',
  /** We could not get our own credentials (secret missing, access denied). */
  'secret',
  /** Logged in, but not allowed to do what is needed (42501). */
  'privilege',
  /** The database we log in to does not exist (3D000). */
  'no-database',
  /** Starting up, shutting down or in recovery (57P01-57P03): restart or failover, passes by itself. */
  'restarting',
  /** Any other answer of the server. */
  'server',
] as const;

/** One of {@link FAILURE_CLASSES}. */
export type FailureClass = (typeof FAILURE_CLASSES)[number];

/** We do not know: no sample could be taken. */
export interface Failure extends Observed {
  readonly kind: 'failed';
  readonly class: FailureClass;
  /** SQLSTATE (five characters), errno name (`ECONNREFUSED`) or TLS code, where there is one. */
  readonly code: string | null;
  /** One line, bounded; may hold the server's words: untrusted text. */
  readonly text: string;
}

/** What one sample of one database gave. */
export type Observation = Sample | PartialView | Refusal | Failure;

/** One answer or error of the server by itself: an observation but for its times and how many logins it took. */
export type Finding<One extends Observation = Observation> = One extends Observation
  ? Omit<One, keyof Observed | 'attempts'>
  : never;
