import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { ClientConfig } from 'pg';
import { bundleInto } from '../../infra/build/function-bundle.ts';
import type { DatabaseInput } from '../../lambda/config/database.ts';
import { type AwsEndpoint, startAwsEndpoint } from '../aws/endpoint.ts';
import { LOCAL_ACCOUNT, LOCAL_REGION, LOCAL_TABLE, LOCAL_TOPIC_ARN } from '../aws/records.ts';
import { createMonitor, createRole, type Login } from '../postgres/roles.ts';
import { type PostgresServer, startPostgres } from '../postgres/server.ts';
import { type Child, startChild } from './child.ts';
import type { ProbeAnswer, ProbeOrder } from './probe.ts';

/** What the measurements share: a server, AWS, the measured process and one that holds idle sessions. */
export interface Rig extends AsyncDisposable {
  readonly server: PostgresServer;
  readonly monitor: Login;
  readonly aws: AwsEndpoint;
  /** Asks the measured process for one thing. */
  ask(order: ProbeOrder): Promise<ProbeAnswer>;
  /** Sees to it that so many idle sessions of an application are open; only ever more. */
  hold(count: number): Promise<void>;
  /** How the guard logs in. */
  readonly login: ClientConfig;
  /** An entry of the guard's event. */
  entry(name: string, at: Pick<PostgresServer, 'host' | 'port'>): DatabaseInput;
}

/** Starts everything for the function in `bundleFile`. */
export async function startRig(bundleFile: string): Promise<Rig> {
  const started: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const end of started.toReversed()) await end();
  };
  const keep = <Part extends AsyncDisposable>(part: Part): Part => {
    started.push(async () => await part[Symbol.asyncDispose]());
    return part;
  };
  try {
    const directory = await mkdtemp(join(tmpdir(), 'guard-bench-'));
    started.push(() => rm(directory, { recursive: true }));
    const server = keep(await startPostgres({ maxConnections: 2100 }));
    const monitor = await createMonitor(server, { canSignal: true });
    const app = await createRole(server);
    const aws = await startAwsEndpoint();
    started.push(() => aws.close());
    /** A script of this folder as plain JavaScript, made as the function is made. */
    const start = async (script: string, args: readonly string[], variables = {}): Promise<Child> => {
      const file = join(directory, script.replace(/ts$/, 'mjs'));
      await bundleInto(file, { entryPoints: [fileURLToPath(new URL(script, import.meta.url))] });
      return keep(await startChild(file, args, variables));
    };
    const probe = await start('probe.ts', [pathToFileURL(bundleFile).href], variablesOf(aws));
    const holder = await start('holder.ts', []);
    const configOf = ({ user, password }: Login) => ({
      host: server.host,
      port: server.port,
      database: 'postgres',
      user,
      password,
    });
    let held = 0;
    return {
      server,
      monitor,
      aws,
      login: configOf(monitor),
      ask: async (order) => {
        const answer = await probe.ask(order);
        if (isProbeAnswer(answer)) return answer;
        throw new Error(`the probe failed: ${JSON.stringify(answer)}`);
      },
      hold: async (count) => {
        if (count > held) await holder.ask({ config: configOf(app), count: count - held });
        held = Math.max(held, count);
      },
      entry: (name, at) => entry(aws, monitor, name, at),
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function variablesOf(aws: AwsEndpoint): Record<string, string> {
  return {
    ...aws.environment(),
    GUARD_TABLE_NAME: LOCAL_TABLE,
    GUARD_WARNING_TOPIC_ARN: LOCAL_TOPIC_ARN,
    GUARD_CRITICAL_TOPIC_ARN: LOCAL_TOPIC_ARN,
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  };
}

function entry(
  aws: AwsEndpoint,
  { user, password }: Login,
  name: string,
  { host, port }: Pick<PostgresServer, 'host' | 'port'>,
): DatabaseInput {
  const secretArn = `arn:aws:secretsmanager:${LOCAL_REGION}:${LOCAL_ACCOUNT}:secret:${name}-AbCdEf`;
  aws.setSecret(secretArn, JSON.stringify({ username: user, password }));
  // Thresholds that 2000 sessions do not reach: what is measured is the run of a healthy database.
  const thresholds = { warning: '98%', critical: '99%' } as const;
  return { name, host, port, login: { secretArn }, tls: { mode: 'disable' }, thresholds };
}

function isProbeAnswer(value: unknown): value is ProbeAnswer {
  return typeof value === 'object' && value !== null && 'ms' in value && 'peakBytes' in value;
}
