import { setTimeout as delay } from 'node:timers/promises';
import { Client, DatabaseError, escapeIdentifier } from 'pg';
import type { Scenario } from './application/scenario.ts';
import { type GuardSettings, startGuardKeeper } from './guard/keeper.ts';
import type { Keeper, Play, Stage } from './stage.ts';

/** One way to deal with a server that runs out of slots. */
export interface Policy {
  readonly name: string;
  readonly title: string;
  /** The scenarios it is made for; all when not given. */
  readonly scenarios?: readonly Scenario['name'][];
  /** Makes ready for one play. */
  start(bundleFile: string): Promise<StartedPolicy>;
}

/** A policy ready to be played. */
export interface StartedPolicy extends Pick<Play, 'keepers' | 'prepare'> {
  /** What went wrong with the policy itself. */
  readonly failures: readonly string[];
  stop(): Promise<void>;
}

/** Above the half minute after which background tasks come back, in seconds. */
const IDLE_SESSION_TIMEOUT = 60;

const nothing = { keepers: [], failures: [], stop: async () => {} };

/** A policy that ends stale sessions by the built function with these settings. */
function guarded(settings: GuardSettings): Policy['start'] {
  return async (bundleFile) => {
    const guard = await startGuardKeeper(bundleFile, settings);
    return { keepers: [guard.keep], failures: guard.failures, stop: () => guard.stop() };
  };
}

/** Every policy that is compared. */
export const POLICIES: readonly Policy[] = [
  { name: 'off', title: 'nobody does anything', start: async () => nothing },
  {
    name: 'script',
    title: 'every 30 s: from 150 sessions on, list those idle over 5 minutes and end each by its pid',
    start: async () => ({ ...nothing, keepers: [script({ every: 30, at: 150, idleOver: 300 })] }),
  },
  {
    name: 'server',
    title: `PostgreSQL's own idle_session_timeout = ${IDLE_SESSION_TIMEOUT} s for the application's role`,
    start: async () => ({
      ...nothing,
      prepare: async (server, app) => {
        const role = escapeIdentifier(app.user);
        await server.query(`ALTER ROLE ${role} SET idle_session_timeout = '${IDLE_SESSION_TIMEOUT}s'`);
      },
    }),
  },
  {
    name: 'guard',
    title: "this project's reclaim with its defaults",
    start: guarded({ reclaim: { mode: 'terminate' } }),
  },
  {
    name: 'guard-tx',
    title: "this project's reclaim, sessions idle in a transaction for over 20 s included",
    scenarios: ['stuck'],
    start: guarded({ reclaim: { mode: 'terminate', idleInTransactionFor: 20 } }),
  },
];

interface ScriptRule {
  /** Seconds between two looks. */
  readonly every: number;
  /** Sessions from which on it acts. */
  readonly at: number;
  /** Seconds. */
  readonly idleOver: number;
}

/** The loop that people write in the middle of an incident: look, list, kill by pid. */
function script(rule: ScriptRule): Keeper {
  return async (stage, signal) => {
    const looks = Math.floor(stage.scenario.seconds / rule.every);
    for (let look = 1; look <= looks; look += 1) {
      await delay(Math.max(0, look * rule.every * 1000 - stage.elapsed()), undefined, { signal });
      await scriptLook(stage, rule);
    }
  };
}

async function scriptLook({ server, guard }: Stage, { at, idleOver }: ScriptRule): Promise<void> {
  const client = new Client({ host: server.host, port: server.port, database: 'postgres', ...guard });
  client.on('error', () => {}); // told by the query that meets it
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
    // The server is full, and the script, like its model, looks again in half a minute.
    if (!(error instanceof DatabaseError && error.code === '53300')) throw error;
  } finally {
    await client.end();
  }
}
