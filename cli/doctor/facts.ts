import type { Budget } from '../../lambda/config/budgets.ts';
import type { Database } from '../../lambda/config/database.ts';
import type { PartialView, Sample } from '../../lambda/model/observation.ts';
import type { Session } from '../../lambda/model/session.ts';
import type { Peaks } from './peaks.ts';

/** A role that applications log in as. */
export interface ApplicationRole {
  readonly name: string;
  /** CONNECTION LIMIT; null: none. */
  readonly limit: number | null;
  /** Whether a setting of its own says `idle_session_timeout` and `idle_in_transaction_session_timeout`. */
  readonly hasIdleTimeout: boolean;
  readonly hasTransactionTimeout: boolean;
  /** Sessions it holds now. */
  readonly sessions: number;
}

/** All that the findings rest on. */
export interface Facts {
  readonly observation: Sample | PartialView;
  readonly role: {
    readonly name: string;
    readonly superuser: boolean;
    /** Member of pg_use_reserved_connections; null before PostgreSQL 16. */
    readonly usesReserved: boolean | null;
    readonly limit: number | null;
    readonly sessions: number;
  };
  /** True when the roles of RDS are there: then ALTER SYSTEM is not, and settings are parameters of a group. */
  readonly isRds: boolean;
  /** Is our own session encrypted? */
  readonly encrypted: boolean;
  /** Server-wide settings in ms; null where the version does not have them. 0 is off. */
  readonly idleSessionTimeout: number | null;
  readonly idleInTransactionTimeout: number;
  /** Seconds; 0 is the operating system's own (2 hours on Linux). */
  readonly keepalivesIdle: number;
  /** Seconds by which the server's session is older than our login: a pooler has handed us one of its own. */
  readonly olderThanLogin: number;
  /** Roles and application names that poolers show themselves by, and how many sessions each holds. */
  readonly poolers: readonly { readonly name: string; readonly sessions: number }[];
  readonly roles: readonly ApplicationRole[];
  /** What was watched earlier, where a metrics file says; null: nothing. */
  readonly peaks: Peaks | null;
  /** What the configuration promises to applications, and keeps for people and tools. */
  readonly budgets: readonly Budget[];
  readonly reserve: number;
}

/** Sessions per role, and settings of roles, are in catalogues that everybody may read; nothing here needs a grant. */
const FACTS = `
SELECT r.rolsuper AS superuser,
  (SELECT pg_catalog.pg_has_role(m.oid, 'USAGE') FROM pg_catalog.pg_roles m WHERE m.rolname = 'pg_use_reserved_connections') AS "usesReserved",
  nullif(r.rolconnlimit, -1) AS "limit",
  (SELECT pg_catalog.count(*)::int FROM pg_catalog.pg_stat_activity a WHERE a.usename = current_user) AS sessions,
  EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname IN ('rdsadmin', 'rds_superuser')) AS "isRds",
  coalesce((SELECT s.ssl FROM pg_catalog.pg_stat_ssl s WHERE s.pid = pg_catalog.pg_backend_pid()), false) AS encrypted,
  (SELECT setting::int FROM pg_catalog.pg_settings WHERE name = 'idle_session_timeout') AS "idleSessionTimeout",
  (SELECT setting::int FROM pg_catalog.pg_settings WHERE name = 'idle_in_transaction_session_timeout') AS "idleInTransactionTimeout",
  (SELECT setting::int FROM pg_catalog.pg_settings WHERE name = 'tcp_keepalives_idle') AS "keepalivesIdle",
  (SELECT extract(epoch FROM pg_catalog.clock_timestamp() - backend_start)::pg_catalog.float8 FROM pg_catalog.pg_stat_activity
    WHERE pid = pg_catalog.pg_backend_pid()) AS "sessionAge"
FROM pg_catalog.pg_roles r WHERE r.rolname = current_user`;

/** pg_db_role_setting, PostgreSQL documentation: setdatabase 0 is for all databases. */
const ROLES = `
SELECT r.rolname AS name, nullif(r.rolconnlimit, -1) AS "limit",
  coalesce(s.settings ~ '(^|,)idle_session_timeout=', false) AS "hasIdleTimeout",
  coalesce(s.settings ~ '(^|,)idle_in_transaction_session_timeout=', false) AS "hasTransactionTimeout",
  (SELECT pg_catalog.count(*)::int FROM pg_catalog.pg_stat_activity a WHERE a.usesysid = r.oid) AS sessions
FROM pg_catalog.pg_roles r
LEFT JOIN (SELECT setrole, pg_catalog.string_agg(pg_catalog.array_to_string(setconfig, ','), ',') AS settings
  FROM pg_catalog.pg_db_role_setting GROUP BY setrole) s ON s.setrole = r.oid
WHERE r.rolcanlogin AND NOT r.rolsuper AND NOT r.rolreplication AND r.rolname !~ '^(rds|pg_)'
  AND r.rolname <> current_user
ORDER BY sessions DESC, r.rolname LIMIT 50`;

/**
 * RDS Proxy logs in as rdsproxyadmin for its own work; some poolers are known by their names, and PgBouncer in session
 * mode by the statement that it sends between two clients (its setting server_reset_query).
 */
const POOLERS = `
SELECT name, pg_catalog.count(*)::int AS sessions FROM (
  SELECT CASE WHEN usename = 'rdsproxyadmin' THEN 'RDS Proxy'
    WHEN application_name ~* '(pgbouncer|pgpool|odyssey|pgcat|supavisor)' THEN application_name
    WHEN query ~* '^\\s*DISCARD ALL' THEN 'a pooler that sends DISCARD ALL between two clients' END AS name
  FROM pg_catalog.pg_stat_activity) a
WHERE name IS NOT NULL GROUP BY name ORDER BY sessions DESC LIMIT 10`;

type FactRow = Omit<Facts['role'], 'name'> &
  Pick<
    Facts,
    'isRds' | 'encrypted' | 'idleSessionTimeout' | 'idleInTransactionTimeout' | 'keepalivesIdle'
  > & { readonly sessionAge: number | null };

/**
 * Gathers the facts on a session that has just been sampled.
 *
 * @param configured what the configuration promises.
 * @param peaks what was watched earlier.
 * @param openFor seconds since we began to log in.
 */
export async function gatherFacts(
  session: Session,
  observation: Sample | PartialView,
  configured: Pick<Database, 'budgets' | 'reserve'>,
  peaks: Peaks | null,
  openFor: () => number,
): Promise<Facts> {
  const [row] = await session.query<FactRow>(FACTS);
  const openedFor = openFor();
  if (row === undefined) throw new Error('the server does not know the role that we are logged in as');
  const { superuser, usesReserved, limit, sessions, sessionAge, ...settings } = row;
  return {
    observation,
    role: { name: observation.server.role, superuser, usesReserved, limit, sessions },
    ...settings,
    peaks,
    budgets: configured.budgets,
    reserve: configured.reserve,
    olderThanLogin: Math.max(0, (sessionAge ?? 0) - openedFor),
    roles: await session.query<ApplicationRole>(ROLES),
    poolers: await session.query<Facts['poolers'][number]>(POOLERS),
  };
}
