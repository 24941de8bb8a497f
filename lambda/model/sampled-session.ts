import type { Pool } from './pool.ts';

/**
 * `pg_stat_activity.state`; `starting` is PostgreSQL 18's word for a session still authenticating; `unknown` stands
 * for NULL or a state this version of the guard does not know.
 */
export const SESSION_STATES = [
  'active',
  'idle',
  'idle in transaction',
  'idle in transaction (aborted)',
  'fastpath function call',
  'disabled',
  'starting',
  'unknown',
] as const;

/** One of {@link SESSION_STATES}. */
export type SessionState = (typeof SESSION_STATES)[number];

/** What the server says of a session's last statement: two hashes that it made itself, never the text. */
export interface StatementHash {
  /** Of the text up to its first literal: the same for every call of one place in an application. */
  readonly shape: number;
  /** Of the whole text, values included. */
  readonly text: number;
}

/** One session, as a sample shows it. Times are microseconds since the epoch, by the server's clock. */
export interface SampledSession extends Pool {
  readonly pid: number;
  /** `backend_start`; with the pid it is the session's identity. */
  readonly startedAt: number;
  /** `state_change`: another value means that the session has done something. */
  readonly changedAt: number;
  readonly state: SessionState;
  /** Null where the session has done nothing since the sample before: it is what it was. */
  readonly statement: StatementHash | null;
}

/** All sessions of one sample. */
export interface SampledSessions {
  /** The server's clock at the sample, microseconds since the epoch. */
  readonly at: number;
  readonly sessions: readonly SampledSession[];
}

/** Names a session among all that a server has had since it started. */
export function sessionKey({ pid, startedAt }: Pick<SampledSession, 'pid' | 'startedAt'>): string {
  return `${pid} ${startedAt}`;
}
