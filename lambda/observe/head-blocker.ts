import type { HeadBlocker } from '../model/head-blocker.ts';
import type { Session } from '../model/session.ts';

/**
 * Which session blocks which, and of those that wait for no lock themselves the one that most others wait for.
 *
 * `pg_blocking_pids` locks the server's whole table of locks for a moment (PostgreSQL documentation, "System Information
 * Functions"), so it is called for 200 sessions at most. It names those ahead in a queue too; what is counted is
 * every session that waits for the head, directly or behind others.
 */
export const HEAD_BLOCKER = `
WITH RECURSIVE waiting AS MATERIALIZED (
  SELECT pid FROM pg_catalog.pg_stat_get_activity(NULL)
  WHERE backend_type = 'client backend' AND wait_event_type = 'Lock' LIMIT 200
), edge AS MATERIALIZED (
  SELECT pid, blocker FROM waiting, pg_catalog.unnest(pg_catalog.pg_blocking_pids(pid)) blocker
), behind AS (
  SELECT blocker AS head, pid FROM edge WHERE blocker NOT IN (SELECT pid FROM waiting)
  UNION SELECT head, edge.pid FROM behind JOIN edge ON edge.blocker = behind.pid
)
SELECT a.pid, pg_catalog.count(*)::int AS blocks, a.state,
  pg_catalog.pg_get_userbyid(a.usesysid)::pg_catalog.text AS role, coalesce(a.application_name, '') AS application,
  pg_catalog.to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS "backendStart",
  pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - a.state_change) AS since
FROM behind JOIN pg_catalog.pg_stat_get_activity(NULL) a ON a.pid = head
WHERE a.backend_type = 'client backend' AND a.state IS NOT NULL AND a.wait_event_type IS DISTINCT FROM 'Lock'
GROUP BY a.pid, a.state, a.usesysid, a.application_name, a.backend_start, a.state_change
ORDER BY 2 DESC LIMIT 1`;

/**
 * The session that at least half of the waiting ones wait for; null when there is none. Rejects with the driver's error.
 *
 * @param waiting how many sessions wait for locks.
 */
export async function headBlocker(session: Session, waiting: number): Promise<HeadBlocker | null> {
  const [head] = await session.query<HeadBlocker>(HEAD_BLOCKER);
  return head !== undefined && head.blocks * 2 >= Math.min(waiting, 200) ? head : null;
}
