import { fileURLToPath } from 'node:url';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { DatabaseInput } from '../../lambda/config/database.ts';
import type { Memory } from '../../lambda/model/memory.ts';
import { createMemoryStore } from '../../lambda/remember/dynamodb.ts';
import { systemClock } from '../../lambda/shared/clock.ts';
import { type AwsEndpoint, startAwsEndpoint } from '../../local/aws/endpoint.ts';
import { LOCAL_ACCOUNT, LOCAL_REGION, LOCAL_TABLE } from '../../local/aws/records.ts';
import { type LambdaEnvironment, startLambdaEnvironment } from '../../local/function/environment.ts';
import type { Login } from '../../local/postgres/roles.ts';
import { runQuery } from './insights/run.ts';

/** The bundle that is deployed; `npm run build` writes it. */
export const BUNDLE_FILE = fileURLToPath(new URL('../../dist/lambda/index.mjs', import.meta.url));

export const WARNING_TOPIC = `arn:aws:sns:${LOCAL_REGION}:${LOCAL_ACCOUNT}:guard-warning`;
export const CRITICAL_TOPIC = `arn:aws:sns:${LOCAL_REGION}:${LOCAL_ACCOUNT}:guard-critical`;

/** A run of this length (ms) takes one sample of each database and then ends. */
export const ONE_SAMPLE = 8_000;

/** AWS on loopback, and as many functions as a test starts. */
export interface GuardRig extends AsyncDisposable {
  readonly aws: AwsEndpoint;
  readonly dynamodb: DynamoDBClient;
  /** Starts another process of the function: a cold start. */
  start(variables?: Record<string, string>): Promise<LambdaEnvironment>;
  /** The entry of a database that the function logs in to with a secret, which is made too. */
  entry(name: string, server: { readonly host: string; readonly port: number }, login: Login): DatabaseInput;
  /** What is stored of a database; null when nothing is. */
  memory(database: string): Promise<Memory | null>;
  /** Lets the claims and pauses in the stored memory of a database, and its last sample, be so many seconds older. */
  passTime(database: string, seconds: number): Promise<void>;
  /** Values of a metric that reached CloudWatch for a database, in order, repeated ones once each. */
  values(database: string, metric: string): number[];
}

/** Starts AWS on loopback, to be disposed of together with every function started. */
export async function startGuardRig(): Promise<GuardRig> {
  const aws = await startAwsEndpoint({ topics: [WARNING_TOPIC, CRITICAL_TOPIC], runQuery });
  const started: LambdaEnvironment[] = [];
  const client = new DynamoDBClient({
    endpoint: aws.url,
    region: LOCAL_REGION,
    credentials: { accessKeyId: 'AKIALOCALENDPOINT000', secretAccessKey: 'local' },
  });
  const store = createMemoryStore({ client, tableName: LOCAL_TABLE, clock: systemClock });
  const { signal } = new AbortController();
  const stored = (name: string) => store.load(name, signal);
  return {
    aws,
    dynamodb: client,
    start: async (variables = {}) => {
      const environment = await startLambdaEnvironment({
        bundleFile: BUNDLE_FILE,
        variables: {
          ...aws.environment(),
          GUARD_TABLE_NAME: LOCAL_TABLE,
          GUARD_WARNING_TOPIC_ARN: WARNING_TOPIC,
          GUARD_CRITICAL_TOPIC_ARN: CRITICAL_TOPIC,
          ...variables,
        },
      });
      started.push(environment);
      return environment;
    },
    entry: (name, { host, port }, { user, password }) => {
      const secretArn = `arn:aws:secretsmanager:${LOCAL_REGION}:${LOCAL_ACCOUNT}:secret:${name}-AbCdEf`;
      aws.setSecret(secretArn, JSON.stringify({ username: user, password }));
      return { name, host, port, login: { secretArn }, tls: { mode: 'disable' } };
    },
    memory: async (name) => (await stored(name))?.memory ?? null,
    passTime: async (name, seconds) => {
      const found = await stored(name);
      if (found?.memory) {
        const { memory, version } = found;
        const undelivered = memory.undelivered.map(({ claim, nextAttemptAt, ...entry }) => ({
          ...entry,
          nextAttemptAt: nextAttemptAt - seconds * 1000,
          claim: claim && { ...claim, at: claim.at - seconds * 1000 },
        }));
        const lastSeen = memory.lastSeen && { ...memory.lastSeen, at: memory.lastSeen.at - seconds * 1000 };
        await store.save(name, { ...memory, undelivered, lastSeen }, version, signal);
      }
    },
    values: (database, metric) =>
      aws.metricData
        .filter((record) => record.metric === metric && record.dimensions['Database'] === database)
        .flatMap(({ values }) => values),
    [Symbol.asyncDispose]: async () => {
      await Promise.all(started.map((environment) => environment.stop()));
      client.destroy();
      await aws.close();
    },
  };
}
