import { setTimeout as delay } from 'node:timers/promises';
import type { DatabaseInput } from '../../../lambda/config/database.ts';
import { type AwsEndpoint, startAwsEndpoint } from '../../aws/endpoint.ts';
import { LOCAL_ACCOUNT, LOCAL_REGION, LOCAL_TABLE, LOCAL_TOPIC_ARN } from '../../aws/records.ts';
import { type LambdaEnvironment, startLambdaEnvironment } from '../../function/environment.ts';
import type { Keeper, Stage } from '../stage.ts';

/** The name of the database in metrics and messages. */
export const DATABASE_NAME = 'orders';

/**
 * Seconds that the samples must stay clear before the guard says that it is over. The default, 180, is longer than a
 * whole replay.
 */
export const CLEAR_AFTER_SECONDS = 15;

/** What the schedule and the deployed function have (EventBridge Scheduler's rate, Lambda's timeout), in ms. */
const RUN_EVERY_MS = 60_000;
const TIMEOUT_MS = 65_000;

const SECRET_ARN = `arn:aws:secretsmanager:${LOCAL_REGION}:${LOCAL_ACCOUNT}:secret:orders-guard-AbCdEf`;

/** Where the messages' link would lead if this were AWS. */
const DASHBOARD_URL = `https://${LOCAL_REGION}.console.aws.amazon.com/cloudwatch/home?region=${LOCAL_REGION}#dashboards/dashboard/connection-guard`;

/** The deployed function with its schedule and with AWS, all on this machine. */
export interface FunctionKeeper {
  readonly keep: Keeper;
  /** Everything that reached AWS. */
  readonly aws: AwsEndpoint;
  /** Messages of runs that failed. */
  readonly failures: readonly string[];
  stop(): Promise<void>;
}

/** Settings of the watched database that a replay may choose. */
export type GuardSettings = Pick<DatabaseInput, 'reclaim'>;

/** Starts AWS on this machine and loads the bundle; `keep` then runs it minute after minute. */
export async function startFunctionKeeper(
  bundleFile: string,
  settings: GuardSettings,
): Promise<FunctionKeeper> {
  const aws = await startAwsEndpoint();
  const failures: string[] = [];
  let environment: LambdaEnvironment;
  try {
    environment = await startLambdaEnvironment({
      bundleFile,
      variables: {
        ...aws.environment(),
        GUARD_TABLE_NAME: LOCAL_TABLE,
        GUARD_WARNING_TOPIC_ARN: LOCAL_TOPIC_ARN,
        GUARD_CRITICAL_TOPIC_ARN: LOCAL_TOPIC_ARN,
        GUARD_DASHBOARD_URL: DASHBOARD_URL,
      },
    });
  } catch (error) {
    await aws.close();
    throw error;
  }
  return {
    aws,
    failures,
    keep: async (stage, signal) => {
      aws.setSecret(
        SECRET_ARN,
        JSON.stringify({ username: stage.guard.user, password: stage.guard.password }),
      );
      await runOnSchedule(environment, stage, settings, signal, (message) => failures.push(message));
    },
    stop: async () => {
      await environment.stop();
      await aws.close();
    },
  };
}

/** A run a minute, the first before the scenario begins; the last one must end when the scenario ends. */
async function runOnSchedule(
  environment: LambdaEnvironment,
  stage: Stage,
  settings: GuardSettings,
  signal: AbortSignal,
  onFailure: (message: string) => void,
): Promise<void> {
  const event = { databases: [databaseOf(stage, settings)] };
  const end = stage.scenario.seconds * 1000;
  for (let at = -stage.phase * 1000; at < end; at += RUN_EVERY_MS) {
    await delay(Math.max(0, at - stage.elapsed()), undefined, { signal });
    try {
      await environment.invoke(event, Math.min(TIMEOUT_MS, Math.round(end - stage.elapsed())));
    } catch (error) {
      const parts = (error instanceof Error ? error.message : String(error)).split('; ');
      onFailure([...new Set(parts)].join('; '));
    }
  }
}

function databaseOf({ server, scenario }: Stage, settings: GuardSettings): DatabaseInput {
  return {
    name: DATABASE_NAME,
    host: server.host,
    port: server.port,
    database: 'postgres',
    login: { secretArn: SECRET_ARN },
    tls: { mode: 'disable' },
    ...(scenario.thresholds && { thresholds: scenario.thresholds }),
    alerts: { clearAfter: CLEAR_AFTER_SECONDS },
    ...settings,
  };
}
