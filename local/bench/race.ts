import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { Client } from 'pg';
import { table } from '../../cli/terminal/table.ts';
import type { Session } from '../../lambda/model/session.ts';
import { readRows } from '../../lambda/reclaim/list-sessions.ts';
import { systemClock } from '../../lambda/shared/clock.ts';
import { defaultMajor } from '../postgres/binaries.ts';
import { createMonitor, createRole } from '../postgres/roles.ts';
import { type PostgresServer, startPostgres } from '../postgres/server.ts';
import { runToEnd } from '../run-to-end.ts';
import type { RaceMessage, RaceTally } from './race-clients.ts';
import { byPid, guarded, type Method, rechecked } from './race-methods.ts';
import { timeReclaim } from './round-trips.ts';

// Does ending a stale session ever interrupt a statement? Clients wake up right when the killer begins to count them as
// stale, and the server's log says which signals met a running statement. `npm run bench:race -- --help`

/** A session idle for longer is listed. */
const STALE_AFTER_MS = 40;

/** Between listing and ending: what a killer in a script, or one far from its server, needs. */
const BETWEEN_MS = 20;

const OPTIONS = {
  clients: { type: 'string', default: '60' },
  kills: { type: 'string', default: '10000' },
  compare: { type: 'string', default: '1000' },
  seconds: { type: 'string', default: '240' },
  help: { type: 'boolean', default: false },
} as const;

const HELP = `npm run bench:race -- [options]
  --clients N   clients that wake at the threshold (60)
  --kills N     signals to send by the guarded statement (10000)
  --compare N   signals to send by each of the other ways (1000)
  --seconds N   stop each after so long, whatever it has done (240)
  --help        this text`;

/** What one method came to. */
interface Result {
  readonly kills: number;
  /** Signals that met a statement, as the server logged them. */
  readonly interrupted: number;
  /** Statements that had begun to execute and were never answered. */
  readonly broken: number;
  readonly answered: number;
  readonly failed: number;
  readonly seconds: number;
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: OPTIONS });
  if (values.help) return void process.stdout.write(`${HELP}\n`);
  const size = (text: string) => {
    if (!/^[1-9]\d{0,6}$/.test(text)) throw new Error(`a whole number from 1 is needed, not ${text}`);
    return Number(text);
  };
  const [clients, seconds] = [size(values.clients), size(values.seconds)];
  const plan: readonly [Method, number][] = [
    [guarded, size(values.kills)],
    [rechecked, size(values.compare)],
    [byPid, size(values.compare)],
  ];

  const server = await startPostgres({
    maxConnections: clients * 2 + 20,
    // The SQLSTATE before each line; logins that cost the machine next to nothing.
    settings: { log_line_prefix: '%e ', ...(defaultMajor() < 16 ? {} : CHEAP_LOGINS) },
  });
  try {
    process.stdout.write(
      `PostgreSQL ${server.major}, ${clients} clients that idle ${STALE_AFTER_MS - 10}-${STALE_AFTER_MS + 60} ms and then run a statement;\n` +
        `sessions idle over ${STALE_AFTER_MS} ms are listed, and ended ${BETWEEN_MS} ms later\n\n`,
    );
    const rows: string[][] = [];
    for (const [method, kills] of plan) {
      const result = await race(server, method, clients, kills, seconds);
      rows.push([method.name, ...cells(result)]);
    }
    process.stdout.write(`${table(COLUMNS, rows).join('\n')}\n\n`);
    for (const pipeline of [false, true]) {
      const { sessions, roundTripMs, statements, ms } = await timeReclaim(server, 25, pipeline);
      process.stdout.write(
        `${sessions} sessions listed, ended and verified by ${statements} statements, ${pipeline ? 'pipelined' : 'one after the other'}, ` +
          `over a link of ${roundTripMs.toFixed(1)} ms: ${ms.toFixed(0)} ms\n`,
      );
    }
  } finally {
    await server.stop();
  }
}

/** From PostgreSQL 16. */
const CHEAP_LOGINS = { scram_iterations: '1' };

const COLUMNS = [
  { title: 'method' },
  { title: 'kills', align: 'right' },
  { title: 'statements interrupted', align: 'right' },
  { title: 'of kills', align: 'right' },
  { title: 'had begun to execute', align: 'right' },
  { title: 'statements unanswered', align: 'right' },
  { title: 'seconds', align: 'right' },
] as const;

function cells({ kills, interrupted, broken, answered, failed, seconds }: Result): string[] {
  const share = (part: number, whole: number) => `${((100 * part) / Math.max(1, whole)).toFixed(1)} %`;
  return [
    String(kills),
    String(interrupted),
    `${((100 * interrupted) / Math.max(1, kills)).toFixed(2)} %`,
    String(broken),
    share(failed, answered + failed),
    seconds.toFixed(0),
  ];
}

/** Lets one method work until it has sent its signals, and counts what they met. */
async function race(
  server: PostgresServer,
  method: Method,
  count: number,
  wanted: number,
  seconds: number,
): Promise<Result> {
  const name = `race_${performance.now().toFixed(0)}`;
  const app = await createRole(server, { name });
  const guard = await createMonitor(server, { name: `${name}_guard`, canSignal: true });
  await server.query(
    'DROP SEQUENCE IF EXISTS begun; CREATE SEQUENCE begun; GRANT ALL ON SEQUENCE begun TO PUBLIC',
  );
  const at = { host: server.host, port: server.port, database: 'postgres' };
  const clients: RaceMessage = {
    login: { ...at, ...app },
    count,
    idle: [STALE_AFTER_MS - 10, STALE_AFTER_MS + 60],
    busy: [1, 10],
  };
  const child = fork(new URL('./race-clients.ts', import.meta.url));
  child.send(clients);
  const client = new Client({ ...at, ...guard, application_name: 'rds-connection-guard', pipeline: true });
  await client.connect();
  const session: Session = {
    query: async <Row>(text: string, values: readonly unknown[] = []) =>
      (await client.query(text, [...values])).rows as Row[],
  };

  const logged = (await server.readLog()).length;
  const startedAt = performance.now();
  const elapsed = () => (performance.now() - startedAt) / 1000;
  let kills = 0;
  while (kills < wanted && elapsed() < seconds) {
    const rows = await readRows(session);
    const stale = rows.filter(({ state, idleFor }) => state === 'idle' && idleFor * 1000 > STALE_AFTER_MS);
    await systemClock.sleep(BETWEEN_MS);
    kills += await method.end(session, stale.slice(0, wanted - kills));
  }
  const took = elapsed();
  child.send('stop');
  const tally = await answerOf(child);
  await once(child, 'exit');
  await client.end();
  const log = (await server.readLog()).slice(logged);
  const [begun] = await server.query<{ count: string }>('SELECT last_value AS count FROM begun');
  const interrupted = log.match(/^57P01 STATEMENT: /gm)?.length ?? 0;
  return {
    kills,
    interrupted,
    seconds: took,
    broken: Number(begun?.count) - tally.answered,
    ...tally,
  };
}

/** The one message that the clients' process sends. */
function answerOf(child: ChildProcess): Promise<RaceTally> {
  return new Promise((resolve, reject) => {
    child.once('message', (tally: RaceTally) => resolve(tally));
    child.once('exit', (code) => reject(new Error(`the clients ended by themselves (${code})`)));
  });
}

await runToEnd(async () => {
  await main();
  return 0;
});
