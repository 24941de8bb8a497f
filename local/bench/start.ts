import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { bundleInto } from '../../infra/build/function-bundle.ts';
import { PACKAGE_ROOT } from '../../infra/build/package-root.ts';
import { NODE } from './child.ts';
import { pairOf, row } from './report.ts';
import type { Rig } from './rig.ts';
import { inTurn } from './statistics.ts';

/** The SDK clients that the function needs, and nothing else. */
const CLIENTS = `
export { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
export { SNSClient, PublishCommand } from '@aws-sdk/client-sns';
export { DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
export { SecretsManagerClient, GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
export { Signer } from '@aws-sdk/rds-signer';
`;

const TURNS = 15;

const run = promisify(execFile);

/** Imports the function and a bundle of only its SDK clients, each in a new process, in turn. */
export async function measureFunctionStart(bundleFile: string): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'guard-bench-'));
  try {
    const clients = join(directory, 'clients.mjs');
    await bundleInto(clients, { stdin: { contents: CLIENTS, resolveDir: PACKAGE_ROOT } });
    const timer = join(directory, 'timer.mjs');
    await writeFile(
      timer,
      'const began = performance.now(); await import(process.argv[2]); console.log(performance.now() - began);',
    );
    const load = async (file: string) => {
      const { stdout } = await run(NODE, [timer, pathToFileURL(file).href]);
      return Number(stdout.trim().split('\n').at(-1));
    };
    const pair = await inTurn(
      TURNS,
      () => load(bundleFile),
      () => load(clients),
    );
    row('start: import of the bundle, of its SDK clients alone', pairOf(pair, 0), 'at most 1.5x');
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** From start to the first output: `check` by the built command line, against Node.js alone and a count by psql together. */
export async function measureCliStart(cliFile: string, { server, monitor }: Rig): Promise<void> {
  const env = {
    ...process.env,
    PGHOST: server.host,
    PGPORT: String(server.port),
    PGDATABASE: 'postgres',
    PGUSER: monitor.user,
    PGPASSWORD: monitor.password,
    PGSSLMODE: 'disable',
  };
  const toFirstOutput = async (program: string, args: readonly string[]) => {
    const began = performance.now();
    const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
    const exited = once(child, 'exit');
    await once(child.stdout, 'data');
    const took = performance.now() - began;
    child.stdout.resume();
    await exited;
    return took;
  };
  const count = ['-X', '-c', 'SELECT state, count(*) FROM pg_stat_activity GROUP BY state'];
  const hasPsql = await run('psql', ['--version']).then(
    () => true,
    () => false,
  );
  const pair = await inTurn(
    TURNS,
    () => toFirstOutput(NODE, [cliFile, 'check']),
    async () =>
      (await toFirstOutput(NODE, ['--eval', 'console.log()'])) +
      (hasPsql ? await toFirstOutput('psql', count) : 0),
  );
  const against = hasPsql ? 'Node.js alone plus psql -c' : 'Node.js alone (psql is not installed)';
  row(`command line: check to its first output; ${against}`, pairOf(pair, 0), 'at most 1.5x');
}
