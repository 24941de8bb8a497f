import { SESSION_STATES, type SessionState } from '../model/sampled-session.ts';
import type { Session } from '../model/session.ts';

/** One client backend, as reclaim sees it. Names are the server's: untrusted text. */
export interface SessionRow {
  readonly pid: number;
  /** `backend_start` in UTC with microseconds; with the pid it is the session's identity. Empty when hidden. */
  readonly backendStart: string;
  /** `state_change` in the same form; another value means that the session has done something. Empty when hidden. */
  readonly stateChange: string;
  readonly state: SessionState;
  readonly role: string | null;
  readonly database: string | null;
  readonly application: string;
  /** The client's address without port; null for a Unix socket. */
  readonly client: string | null;
  /** Seconds since `state_change` and `backend_start`, by the server's clock; 0 when hidden. */
  readonly idleFor: number;
  readonly startedFor: number;
  readonly superuser: boolean;
  readonly replication: boolean;
  /** The guard's own: another run of it, or a person's command line. */
  readonly ours: boolean;
  /** Its last statement was LISTEN: it waits for notifications. */
  readonly listens: boolean;
  /** It holds an advisory lock: it may be a leader, or a migration. */
  readonly advisoryLock: boolean;
  /** False when the server hides any part that the choice needs. */
  readonly whole: boolean;
}

/**
 * Every client backend but our own session, in one scan of `pg_stat_activity`.
 *
 * Timestamps come as text of a fixed form: a JavaScript Date would drop the microseconds that make `state_change` a
 * guard, and the server's own text depends on DateStyle and TimeZone. LISTEN is searched at the beginning of every
 * statement that the text may hold, so a comment or a SET in front does not hide it. The query text itself stays on
 * the server.
 */
export const ROWS = `
SELECT a.pid, coalesce(a.state, 'unknown') AS state, a.usename AS role, a.datname AS database,
  coalesce(a.application_name, '') AS application, pg_catalog.host(a.client_addr) AS client,
  coalesce(pg_catalog.to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), '') AS "backendStart",
  coalesce(pg_catalog.to_char(a.state_change AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), '') AS "stateChange",
  coalesce(extract(epoch FROM pg_catalog.clock_timestamp() - a.state_change), 0)::pg_catalog.float8 AS "idleFor",
  coalesce(extract(epoch FROM pg_catalog.clock_timestamp() - a.backend_start), 0)::pg_catalog.float8 AS "startedFor",
  coalesce(r.rolsuper, false) AS superuser, coalesce(r.rolreplication, false) AS replication,
  coalesce(a.usename = current_user AND a.application_name = nullif(pg_catalog.current_setting('application_name'), ''), false)
    AS ours,
  coalesce(a.query ~* '(^|;|\\*/|\\n)\\s*listen\\M', false) AS listens,
  l.pid IS NOT NULL AS "advisoryLock",
  (r.oid IS NOT NULL AND a.backend_type IS NOT NULL AND a.state IS NOT NULL AND a.query IS NOT NULL
    AND a.backend_start IS NOT NULL AND a.state_change IS NOT NULL) AS whole
FROM pg_catalog.pg_stat_activity a
LEFT JOIN pg_catalog.pg_roles r ON r.oid = a.usesysid
LEFT JOIN (SELECT DISTINCT pid FROM pg_catalog.pg_locks WHERE locktype = 'advisory' AND granted) l ON l.pid = a.pid
WHERE a.pid <> pg_catalog.pg_backend_pid()
  AND (a.backend_type = 'client backend' OR a.backend_type IS NULL AND a.datid IS NOT NULL)`;

type Raw = Omit<SessionRow, 'state'> & { readonly state: string };

/** Lists every client backend but our own session. Rejects with the driver's error. */
export async function readRows(session: Session): Promise<SessionRow[]> {
  const rows = await session.query<Raw>(ROWS);
  return rows.map((row) => ({
    ...row,
    state: SESSION_STATES.find((state) => state === row.state) ?? 'unknown',
  }));
}
