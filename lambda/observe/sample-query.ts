/** Opened over 10 s ago, and used within the last 5 s. */
export const COME_BACK = `state = 'idle' AND state_change > pg_catalog.now() - interval '5 s'
      AND backend_start < pg_catalog.now() - interval '10 s'`;

/**
 * Used within 5 s of its login and never again. A pool that is opened in advance looks like that too, but all at once: so only where
 * the logins lie more than 10 s apart.
 */
export const USED_ONCE = `state = 'idle' AND state_change < pg_catalog.now() - interval '5 s'
      AND state_change < backend_start + interval '5 s'`;

/**
 * The one statement of a sample: one scan of the sessions, one row back, PostgreSQL 12 to 18.
 *
 * It costs less than the plain `SELECT .. FROM pg_stat_activity GROUP BY` that it replaces, because
 * - it reads `pg_stat_get_activity`, the function that the view `pg_stat_activity` is made of, and so joins no names
 *   to sessions: groups are formed by OID, and only what is left gets its names;
 * - the oldest of a group is the least timestamp, so that ages are computed once per group, not once per session;
 * - each column of the groups comes as one JSON list: `json_agg` looks the type of a column up once, where
 *   `row_to_json` and `json_build_array` do for every row.
 *
 * Only client backends take slots; walsenders (12+), parallel, background and maintenance workers have their own.
 * Sessions still logging in do take one: 18 shows them, state `starting`, role and database NULL; 12-17 hide them.
 * Settings that a version or provider does not have are NULL (`current_setting(.., true)`).
 * Limits of superusers are not enforced, so they are left out. -2 is PostgreSQL's mark of a half-dropped database.
 */
const statement = (ofSessions: { readonly columns: string; readonly lists: string }) => `
SELECT pg_catalog.current_setting('server_version_num')::int AS version_num,
  pg_catalog.current_setting('max_connections') AS max_connections,
  pg_catalog.current_setting('superuser_reserved_connections') AS superuser_reserved,
  pg_catalog.current_setting('reserved_connections', true) AS reserved,
  pg_catalog.current_setting('rds.rds_superuser_reserved_connections', true) AS rds_superuser_reserved,
  pg_catalog.current_setting('rds.rds_reserved_connections', true) AS rds_reserved,
  pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE') AS can_see,
  pg_catalog.pg_has_role('pg_signal_backend', 'USAGE') AS can_signal,
  pg_catalog.pg_is_in_recovery() AS is_replica,
  pg_catalog.pg_postmaster_start_time()::pg_catalog.text AS started_at,
  current_user::pg_catalog.text AS role,
  (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(rolname, rolconnlimit))
     FROM pg_catalog.pg_roles WHERE rolconnlimit >= 0 AND NOT rolsuper) AS role_limits,
  (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(oid::pg_catalog.int8, datname, datconnlimit))
     FROM pg_catalog.pg_database WHERE datconnlimit >= 0 OR oid = ANY (pg_catalog.array_agg(g.datid))) AS databases,
  pg_catalog.json_agg(datid::pg_catalog.int8) AS datids,
  pg_catalog.json_agg(pg_catalog.pg_get_userbyid(usesysid)) AS roles,
  pg_catalog.json_agg(application_name) AS applications,
  pg_catalog.json_agg(pg_catalog.host(client_addr)) AS clients,
  pg_catalog.json_agg(state) AS states,
  pg_catalog.json_agg(n) AS counts,
  pg_catalog.json_agg(come_back) AS come_back,
  pg_catalog.json_agg(waiting) AS waiting,
  pg_catalog.json_agg(opened) AS opened,
  pg_catalog.json_agg(CASE WHEN once_over > '10 s' THEN once ELSE 0 END) AS used_once,
  pg_catalog.json_agg(pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - state_change)) AS state_ages,
  pg_catalog.json_agg(pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - xact_start)) AS transaction_ages${ofSessions.columns}
FROM (
  SELECT datid, usesysid, application_name, client_addr, state, pg_catalog.count(*) AS n,
    pg_catalog.count(*) FILTER (WHERE ${COME_BACK}) AS come_back,
    pg_catalog.count(*) FILTER (WHERE wait_event_type = 'Lock') AS waiting,
    pg_catalog.count(*) FILTER (WHERE backend_start > pg_catalog.now() - interval '2 min') AS opened,
    pg_catalog.count(*) FILTER (WHERE ${USED_ONCE}) AS once,
    pg_catalog.max(backend_start) FILTER (WHERE ${USED_ONCE})
      - pg_catalog.min(backend_start) FILTER (WHERE ${USED_ONCE}) AS once_over,
    pg_catalog.min(state_change) AS state_change, pg_catalog.min(xact_start) AS xact_start${ofSessions.lists}
  FROM pg_catalog.pg_stat_get_activity(NULL)
  WHERE backend_type = 'client backend' AND pid <> pg_catalog.pg_backend_pid()
  GROUP BY 1, 2, 3, 4, 5
) g`;

/** Counts only: where reclaim is off. */
export const SAMPLE_STATEMENT = statement({ columns: '', lists: '' });

/** Microseconds since the epoch. */
const moment = (timestamp: string) =>
  `(pg_catalog.date_part('epoch', ${timestamp}) * 1000000)::pg_catalog.int8`;

/** Of 52 bits, which a JSON number holds exactly; NULL for a session that has done nothing since $1. */
const hash = (text: string) =>
  `CASE WHEN state_change > $1::pg_catalog.timestamptz
    THEN pg_catalog.hashtextextended(${text}, 0) & 4503599627370495 END`;

const listOf = (name: string, value: string) =>
  `,
    pg_catalog.array_to_json(pg_catalog.array_agg(${value})) AS ${name}`;

/**
 * The text before the first literal: before a quotation mark, or a digit that is not part of a name. `translate` or
 * `regexp_replace` over the whole text would also keep what follows, at five to ten times the cost.
 */
const SHAPE = `pg_catalog.substring(pg_catalog."left"(query, 200), '^(?:[^0-9'']|[[:alpha:]_][0-9]+)*')`;

/**
 * The same with every session, a list for each group: which session, since when it does what it does, and two hashes
 * of its last statement. The server makes them: no text leaves it.
 *
 * `$1`: the time of the sample before, as text. Sessions that have not changed since come without hashes, which are what costs most.
 */
export const SAMPLE_STATEMENT_WITH_SESSIONS = statement({
  columns: `,
  ${moment('pg_catalog.clock_timestamp()')} AS now,
  pg_catalog.json_agg(pids) AS pids, pg_catalog.json_agg(started) AS started, pg_catalog.json_agg(changed) AS changed,
  pg_catalog.json_agg(shapes) AS shapes, pg_catalog.json_agg(texts) AS texts`,
  lists: [
    listOf('pids', 'pid'),
    listOf('started', moment('backend_start')),
    listOf('changed', moment('state_change')),
    listOf('shapes', hash(SHAPE)),
    listOf('texts', hash('query')),
  ].join(''),
});
