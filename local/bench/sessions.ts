import { Client } from 'pg';
import { SAMPLE_STATEMENT, SAMPLE_STATEMENT_WITH_SESSIONS } from '../../lambda/observe/sample-query.ts';
import { LOCAL_TABLE } from '../aws/records.ts';
import { EXPORTER_SCRAPE } from './exporter.ts';
import { pairOf, row } from './report.ts';
import type { Rig } from './rig.ts';
import { serverCpu } from './server-cpu.ts';
import { inTurn } from './statistics.ts';

/** What the guard's sample is compared with: the least that tells which sessions hold the slots (groups, counts, oldest ages). */
const BARE_AGGREGATE = `
SELECT datname, usename, application_name, host(client_addr), state, count(*),
  max(extract(epoch FROM clock_timestamp() - state_change)),
  max(extract(epoch FROM clock_timestamp() - backend_start)),
  max(extract(epoch FROM clock_timestamp() - xact_start))
FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() GROUP BY 1, 2, 3, 4, 5`;

const LONG_AGO = new Date(0).toISOString();

const SESSIONS = [0, 100, 500, 1000, 2000];
const TURNS = 31;

/** Logins by which the server's CPU time is measured: it is counted in ticks of 10 ms. */
const CPU_TURNS = 60;

/** With and without what reclaim has to learn. */
const PREDICTION = [
  { name: 'prediction off', reclaim: undefined },
  { name: 'prediction on', reclaim: { mode: 'dry-run' } },
] as const;

/** What a sample, and a run around it, cost on a server with more and more idle sessions. */
export async function measureSessions(rig: Rig): Promise<void> {
  for (const count of SESSIONS) {
    await rig.hold(count);
    await measureStatement(rig, count);
    await measureRuns(rig, count);
    await measureServer(rig, count);
  }
}

async function measureStatement({ login }: Rig, count: number): Promise<void> {
  const client = new Client(login);
  await client.connect();
  const time = async (statement: string, values?: string[]) => {
    const began = performance.now();
    await client.query(statement, values);
    return performance.now() - began;
  };
  const bare = () => time(BARE_AGGREGATE);
  const off = await inTurn(TURNS, () => time(SAMPLE_STATEMENT), bare);
  row(`sample statement; bare aggregate; ${count} sessions`, pairOf(off, 2), 'at most 1.2x');
  // Every session has changed since the sample before: the dearest case.
  const on = await inTurn(TURNS, () => time(SAMPLE_STATEMENT_WITH_SESSIONS, [LONG_AGO]), bare);
  await client.end();
  row(`the same with all that prediction asks for; ${count} sessions`, pairOf(on, 2), 'at most 2x at 1000');
}

async function measureRuns(rig: Rig, count: number): Promise<void> {
  const { login, server, monitor } = rig;
  const bare = async () => (await rig.ask({ kind: 'bare', config: login, statement: BARE_AGGREGATE })).ms;
  const sample = await inTurn(TURNS, async () => (await rig.ask({ kind: 'sample', config: login })).ms, bare);
  row(`log in, sample, end; the same with plain pg; ${count} sessions`, pairOf(sample), 'at most 1.3x');
  for (const { name, reclaim } of PREDICTION) {
    const event = { databases: [{ ...rig.entry('orders', server), ...(reclaim && { reclaim }) }] };
    const run = async () => (await rig.ask({ kind: 'run', event })).ms;
    await run();
    const calls = await callsOf(rig, run);
    const kept = await inTurn(TURNS, run, async () => {
      return (await rig.ask({ kind: 'bare-run', config: login, statement: BARE_AGGREGATE, calls })).ms;
    });
    row(`warm run, session kept; bare query and calls; ${name}; ${count}`, pairOf(kept), 'at most 1.3x');
    const withLogin = await inTurn(
      TURNS,
      async () => {
        await server.query(
          `SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity
            WHERE usename = '${monitor.user}' AND application_name LIKE 'rds-connection-guard%'`,
        );
        return await run();
      },
      bare,
    );
    row(`warm run that logs in; connect, query, end; ${name}; ${count}`, pairOf(withLogin), 'at most 1.3x');
  }
}

/** The calls to AWS that one warm run makes, with the sizes of what they carry. */
async function callsOf({ aws }: Rig, run: () => Promise<number>) {
  const [callsBefore, dataBefore] = [aws.calls.length, aws.metricData.length];
  await run();
  const calls = aws.calls.slice(callsBefore);
  const writes = calls.filter(({ service, action }) => service === 'dynamodb' && action !== 'GetItem');
  return {
    table: LOCAL_TABLE,
    reads: calls.filter(({ action }) => action === 'GetItem').length,
    writes: writes.length,
    itemBytes: Math.max(0, ...writes.map(({ bytes }) => bytes)),
    dataPoints: aws.metricData.length - dataBefore,
  };
}

/** The server's CPU for one sample and for one scrape of the exporter, login included. */
async function measureServer({ server, login }: Rig, count: number): Promise<void> {
  const queried = async (statements: readonly string[], values?: string[]) => {
    const client = new Client(login);
    await client.connect();
    for (const statement of statements) await client.query(statement, values);
    await client.end();
  };
  const ours = await serverCpu(server, CPU_TURNS, () => queried([SAMPLE_STATEMENT]));
  const learning = await serverCpu(server, CPU_TURNS, () =>
    queried([SAMPLE_STATEMENT_WITH_SESSIONS], [LONG_AGO]),
  );
  const theirs = await serverCpu(server, CPU_TURNS, () => queried(EXPORTER_SCRAPE));
  if (ours === null || learning === null || theirs === null) return;
  for (const [what, cpu] of [
    ['sample', ours],
    ['sample with all that prediction asks for', learning],
  ] as const) {
    row(
      `server CPU: login, ${what}, end; a scrape of postgres_exporter; ${count}`,
      pairOf({ a: cpu, b: theirs, ratio: cpu / theirs }),
      'below 1x',
    );
  }
}
