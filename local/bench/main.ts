import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Client, type ClientConfig } from 'pg';
import { BUNDLE_BUDGET, buildBundle, bundleInto } from '../../infra/build/function-bundle.ts';
import type { DatabaseInput } from '../../lambda/config/database.ts';
import { SAMPLE_STATEMENT } from '../../lambda/observe/sample-query.ts';
import { type AwsEndpoint, startAwsEndpoint } from '../aws/endpoint.ts';
import { LOCAL_ACCOUNT, LOCAL_REGION, LOCAL_TABLE, LOCAL_TOPIC_ARN } from '../aws/records.ts';
import { createMonitor, createRole, type Login } from '../postgres/roles.ts';
import { type PostgresServer, startPostgres } from '../postgres/server.ts';
import { type Child, NODE, startChild } from './child.ts';
import type { ProbeAnswer } from './probe.ts';
import { measureStart } from './start.ts';
import { inTurn } from './statistics.ts';

// The figures of the budget tables in docs/benchmarks.md, measured on this machine as ratios within one run.

/** What the guard's sample is compared with: the least that tells who holds the slots (groups, counts, oldest ages). */
const BARE_AGGREGATE = `
SELECT datname, usename, application_name, host(client_addr), state, count(*),
  max(extract(epoch FROM clock_timestamp() - state_change)),
  max(extract(epoch FROM clock_timestamp() - backend_start)),
  max(extract(epoch FROM clock_timestamp() - xact_start))
FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() GROUP BY 1, 2, 3, 4, 5`;

const SESSIONS = [0, 100, 500, 1000, 2000];
const TURNS = 31;

const [cpu] = cpus();
console.log(
  `# ${cpu?.model ?? 'unknown processor'}, ${cpus().length} cores, ${gigabytes(totalmem())}, Node ${execFileSync(NODE, ['--version']).toString().trim()}`,
);

const bundle = await buildBundle();
row('bundle', `${(bundle.bytes / 1000).toFixed(1)} kB`, `at most ${BUNDLE_BUDGET / 1000} kB`);
const directory = await mkdtemp(join(tmpdir(), 'guard-bench-'));
await using _directory = { [Symbol.asyncDispose]: () => rm(directory, { recursive: true }) };
const start = await measureStart(bundle.file, directory);
row(
  'start: import of the bundle, of its SDK clients alone',
  `${start.a.toFixed(0)} ms, ${start.b.toFixed(0)} ms, ${start.ratio.toFixed(2)}x`,
  'at most 1.5x',
);

await using server = await startPostgres({ maxConnections: 2100 });
const monitor = await createMonitor(server);
const app = await createRole(server);
const aws = await startAwsEndpoint();
try {
  await using probe = await startProbe(aws);
  await using holder = await startChild(await compiled('holder.ts'), []);
  await measureSessions(probe, holder);
  await measureFleet(probe);
} finally {
  await aws.close();
}

async function measureSessions(probe: Child, holder: Child): Promise<void> {
  const config = clientConfig(server, monitor);
  const event = { databases: [entry('orders', server)] };
  let held = 0;
  for (const count of SESSIONS) {
    if (count > held) await holder.ask({ config: clientConfig(server, app), count: count - held });
    held = count;
    const seated = new Client(config);
    await seated.connect();
    const statement = await inTurn(
      TURNS,
      () => query(seated, SAMPLE_STATEMENT),
      () => query(seated, BARE_AGGREGATE),
    );
    await seated.end();
    row(
      `sample statement, bare aggregate, ${count} sessions`,
      `${statement.a.toFixed(2)} ms, ${statement.b.toFixed(2)} ms, ${statement.ratio.toFixed(2)}x`,
      'at most 1.2x',
    );
    const look = await inTurn(
      TURNS,
      async () => (await ask(probe, { kind: 'look', config })).ms,
      async () => (await ask(probe, { kind: 'bare', config, statement: BARE_AGGREGATE })).ms,
    );
    row(
      `log in, look, end; bare connect, aggregate, end; ${count} sessions`,
      `${look.a.toFixed(1)} ms, ${look.b.toFixed(1)} ms, ${look.ratio.toFixed(2)}x`,
      'at most 1.3x',
    );
    const run = await inTurn(
      TURNS,
      async () => (await ask(probe, { kind: 'run', event })).ms,
      async () => (await ask(probe, { kind: 'bare', config, statement: BARE_AGGREGATE })).ms,
    );
    row(
      `whole warm run, AWS calls included; the same bare; ${count} sessions`,
      `${run.a.toFixed(1)} ms, ${run.b.toFixed(1)} ms, ${run.ratio.toFixed(2)}x`,
      'at most 1.3x',
    );
  }
}

/** 25 databases in one event, one of which accepts connections and never answers. */
async function measureFleet(probe: Child): Promise<void> {
  const sockets: Socket[] = [];
  const silent = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const address = silent.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const databases = [
    { ...entry('hung', { host: '127.0.0.1', port }), checkTimeout: 2 },
    ...Array.from({ length: 24 }, (_, index) => entry(`healthy-${index + 1}`, server)),
  ];
  const before = aws.metricData.length;
  const { ms, peakBytes } = await ask(probe, { kind: 'run', event: { databases } });
  for (const socket of sockets) socket.destroy();
  silent.close();
  const succeeded = aws.metricData.slice(before).filter(({ metric }) => metric === 'CheckSucceeded');
  const healthy = succeeded.filter(({ values }) => values.includes(1)).length;
  row(
    '25 databases, one hung for 2 s: the run',
    `${(ms / 1000).toFixed(2)} s, ${healthy} healthy reported`,
    'its deadline, 8 s; 24',
  );
  row('peak memory of all runs above', `${(peakBytes / 1e6).toFixed(0)} MB`, 'under 200 MB');
}

function entry(name: string, { host, port }: Pick<PostgresServer, 'host' | 'port'>): DatabaseInput {
  const secretArn = `arn:aws:secretsmanager:${LOCAL_REGION}:${LOCAL_ACCOUNT}:secret:${name}-AbCdEf`;
  aws.setSecret(secretArn, JSON.stringify({ username: monitor.user, password: monitor.password }));
  // Thresholds that 2000 sessions do not reach: what is measured is the run of a healthy database.
  const thresholds = { warning: '98%', critical: '99%' } as const;
  return { name, host, port, login: { secretArn }, tls: { mode: 'disable' }, thresholds };
}

function clientConfig({ host, port }: PostgresServer, { user, password }: Login): ClientConfig {
  return { host, port, user, password, database: 'postgres' };
}

async function startProbe(endpoint: AwsEndpoint): Promise<Child> {
  return await startChild(await compiled('probe.ts'), [pathToFileURL(bundle.file).href], {
    ...endpoint.environment(),
    GUARD_TABLE_NAME: LOCAL_TABLE,
    GUARD_WARNING_TOPIC_ARN: LOCAL_TOPIC_ARN,
    GUARD_CRITICAL_TOPIC_ARN: LOCAL_TOPIC_ARN,
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  });
}

/** A script of this folder as plain JavaScript, made as the function is made. */
async function compiled(script: string): Promise<string> {
  const file = join(directory, script.replace(/ts$/, 'mjs'));
  await bundleInto(file, { entryPoints: [fileURLToPath(new URL(script, import.meta.url))] });
  return file;
}

async function ask(probe: Child, order: object): Promise<ProbeAnswer> {
  const answer = await probe.ask(order);
  if (isProbeAnswer(answer)) return answer;
  throw new Error(`the probe failed: ${JSON.stringify(answer)}`);
}

function isProbeAnswer(value: unknown): value is ProbeAnswer {
  return typeof value === 'object' && value !== null && 'ms' in value && 'peakBytes' in value;
}

async function query(client: Client, statement: string): Promise<number> {
  const began = performance.now();
  await client.query(statement);
  return performance.now() - began;
}

function row(what: string, figures: string, budget: string): void {
  console.log(`${what.padEnd(66)} ${figures.padEnd(36)} ${budget}`);
}

function gigabytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(0)} GiB`;
}
