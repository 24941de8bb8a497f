import { setTimeout as delay } from 'node:timers/promises';
import { Client, DatabaseError } from 'pg';
import type { Keeper, Stage } from './stage.ts';

interface ScriptRule {
  /** Seconds between two runs of its loop. */
  readonly every: number;
  /** Sessions from which on it acts. */
  readonly at: number;
  /** Seconds. */
  readonly idleOver: number;
}

/** The loop that people write in the middle of an incident: count, list, end each session by its pid. */
export function script(rule: ScriptRule): Keeper {
  return async (stage, signal) => {
    for (let second = rule.every; second < stage.scenario.seconds; second += rule.every) {
      await delay(Math.max(0, second * 1000 - stage.elapsed()), undefined, { signal });
      await scriptRun(stage, rule);
    }
  };
}

async function scriptRun({ server, guard }: Stage, { at, idleOver }: ScriptRule): Promise<void> {
  const client = new Client({ host: server.host, port: server.port, database: 'postgres', ...guard });
  client.on('error', () => {}); // the next query reports it
  try {
    await client.connect();
    const { rows } = await client.query<{ used: number }>(
      "SELECT count(*)::int AS used FROM pg_stat_activity WHERE backend_type = 'client backend'",
    );
    if ((rows[0]?.used ?? 0) < at) return;
    const stale = await client.query<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity WHERE state = 'idle' AND usename = 'site'
          AND state_change < clock_timestamp() - make_interval(secs => $1)`,
      [idleOver],
    );
    for (const { pid } of stale.rows) await client.query('SELECT pg_terminate_backend($1)', [pid]);
  } catch (error) {
    // The server is full, and the script, like its model, tries again in half a minute.
    if (!(error instanceof DatabaseError && error.code === '53300')) throw error;
  } finally {
    await client.end();
  }
}
