/**
 * What `prometheus-postgres-exporter` 0.20.1 reads at each scrape with the collectors that it enables by default: one
 * connection, and for each collector the views it reads, in statements of our own (README and collector/ of
 * prometheus-community/postgres_exporter say which). In the order of their cost: activity and settings lead.
 */
export const EXPORTER_SCRAPE: readonly string[] = [
  'SELECT version()',
  // stat_activity: every combination of database and state, with counts by user, application and wait event
  `SELECT d.datname, s.state, a.usename, a.application_name, a.backend_type, a.wait_event_type, a.wait_event,
          coalesce(a.n, 0) AS n, coalesce(a.oldest, 0) AS oldest
     FROM (VALUES ('active'), ('idle'), ('idle in transaction'), ('idle in transaction (aborted)'),
                  ('fastpath function call'), ('disabled')) AS s (state)
    CROSS JOIN pg_database d
     LEFT JOIN (SELECT datname, state, usename, application_name, backend_type, wait_event_type, wait_event,
                       count(*) AS n, max(extract(epoch FROM now() - xact_start))::float AS oldest
                  FROM pg_stat_activity WHERE pid <> pg_backend_pid() GROUP BY 1, 2, 3, 4, 5, 6, 7) a
       ON a.state = s.state AND a.datname = d.datname`,
  // settings
  `SELECT name, setting, unit, short_desc, vartype FROM pg_settings WHERE vartype IN ('bool', 'integer', 'real')`,
  // database: limits, then the size of each
  'SELECT datname, datconnlimit FROM pg_database',
  ...['postgres', 'template0', 'template1'].map((name) => `SELECT pg_database_size('${name}')`),
  // locks: every combination of database and mode
  `SELECT d.datname, m.mode, coalesce(l.n, 0) AS n
     FROM (VALUES ('accesssharelock'), ('rowsharelock'), ('rowexclusivelock'), ('shareupdateexclusivelock'),
                  ('sharelock'), ('sharerowexclusivelock'), ('exclusivelock'), ('accessexclusivelock'),
                  ('sireadlock')) AS m (mode)
    CROSS JOIN pg_database d
     LEFT JOIN (SELECT database, lower(mode) AS mode, count(*) AS n FROM pg_locks
                 WHERE database IS NOT NULL GROUP BY 1, 2) l ON l.mode = m.mode AND l.database = d.oid
    ORDER BY 1`,
  // stat_database, stat_bgwriter, stat_archiver, wal
  'SELECT * FROM pg_stat_database',
  'SELECT * FROM pg_stat_bgwriter',
  'SELECT * FROM pg_stat_archiver',
  'SELECT count(*), sum(size) FROM pg_ls_waldir()',
  // replication, stat_replication, replication_slots (read twice)
  'SELECT pg_is_in_recovery(), extract(epoch FROM now() - pg_last_xact_replay_timestamp())',
  'SELECT r.*, s.slot_name FROM pg_stat_replication r LEFT JOIN pg_replication_slots s ON s.active_pid = r.pid',
  'SELECT slot_name, database, active, restart_lsn FROM pg_replication_slots',
  'SELECT slot_name, slot_type, confirmed_flush_lsn, safe_wal_size, wal_status FROM pg_replication_slots',
  // stat_progress_vacuum, stat_user_tables with sizes, statio_user_tables
  'SELECT * FROM pg_stat_progress_vacuum',
  'SELECT *, pg_indexes_size(relid), pg_table_size(relid) FROM pg_stat_user_tables',
  'SELECT * FROM pg_statio_user_tables',
];
