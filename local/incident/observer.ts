import { setTimeout as delay } from 'node:timers/promises';
import type { PostgresServer } from '../postgres/server.ts';
import type { Measurement } from './timeline.ts';

/** Longest idle age, in seconds, of a session that counts as idle shortly. */
const SHORTLY_SECONDS = 3;

/**
 * Asks the server how it is every `intervalMs`, without taking a slot, until `signal` aborts; then it rejects with the
 * signal's reason, and before that when the server cannot be asked.
 *
 * @param guardRole the role the guard logs in as: its own session does not count as used.
 * @param elapsed ms since the start.
 */
export async function observeServer(
  server: PostgresServer,
  guardRole: string,
  intervalMs: number,
  elapsed: () => number,
  signal: AbortSignal,
  onMeasurement: (measurement: Measurement) => void,
): Promise<never> {
  while (true) {
    const at = elapsed();
    const [row] = await server.query<Record<keyof Omit<Measurement, 'at'>, string>>(statement(guardRole));
    if (!row) throw new Error('the server gave no row for a count of its sessions');
    signal.throwIfAborted();
    onMeasurement({
      at,
      used: Number(row.used),
      guard: Number(row.guard),
      active: Number(row.active),
      idleShortly: Number(row.idleShortly),
      idleLonger: Number(row.idleLonger),
      inTransaction: Number(row.inTransaction),
    });
    await delay(intervalMs, undefined, { signal });
  }
}

function statement(guardRole: string): string {
  return `
    SELECT count(*) FILTER (WHERE app) AS "used",
           count(*) FILTER (WHERE NOT app) AS "guard",
           count(*) FILTER (WHERE app AND state = 'active') AS "active",
           count(*) FILTER (WHERE app AND state = 'idle' AND age <= ${SHORTLY_SECONDS}) AS "idleShortly",
           count(*) FILTER (WHERE app AND state = 'idle' AND age > ${SHORTLY_SECONDS}) AS "idleLonger",
           count(*) FILTER (WHERE app AND state LIKE 'idle in transaction%') AS "inTransaction"
      FROM (SELECT usename IS DISTINCT FROM '${guardRole}' AS app, state,
                   extract(epoch FROM clock_timestamp() - state_change) AS age
              FROM pg_stat_activity
             -- A session that is still logging in may yet be refused.
             WHERE backend_type = 'client backend' AND state <> 'starting') AS sessions`;
}
