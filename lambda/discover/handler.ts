import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { RDSClient } from '@aws-sdk/client-rds';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SNSClient } from '@aws-sdk/client-sns';
import type { Context } from 'aws-lambda';
import { timeoutSignal } from '../shared/abort.ts';
import { systemClock } from '../shared/clock.ts';
import { jsonLog } from '../shared/log.ts';
import { type DiscoverSummary, discover } from './discover.ts';
import { readDiscoverEnvironment } from './settings.ts';
import { RELEASED_WITHIN } from './state.ts';

// Runs outside the VPC, each five minutes and when RDS says that something changed: it keeps the schedules of discovered
// databases what the tags say. The guard itself knows nothing of it: its event carries the work.

/** What is left of the function's time when a pass is broken off, so that it can still note what it did. */
const LAST_MOMENT = RELEASED_WITHIN + 1000;

/** Throttled calls are repeated with growing pauses, by the SDK: six times come to some twenty seconds. */
const SETTINGS = {
  maxAttempts: 7,
  requestHandler: { connectionTimeout: 1000, requestTimeout: 5000, throwOnRequestTimeout: true },
};

const clients = {
  rds: new RDSClient(SETTINGS),
  scheduler: new SchedulerClient(SETTINGS),
  dynamodb: new DynamoDBClient(SETTINGS),
  sns: new SNSClient({ ...SETTINGS, maxAttempts: 1 }),
};
const log = jsonLog((line) => process.stdout.write(line), systemClock.now);

/**
 * One pass of discovery.
 *
 * @param event of its own schedule, or of EventBridge.
 * @throws when AWS refuses: Lambda repeats what an event started, and the next pass is due within five minutes anyway.
 */
export async function handler(
  event: unknown,
  context: Pick<Context, 'getRemainingTimeInMillis'>,
): Promise<DiscoverSummary> {
  const environment = readDiscoverEnvironment(process.env);
  const signal = timeoutSignal(context.getRemainingTimeInMillis() - LAST_MOMENT);
  return await discover(event, { clients, environment, clock: systemClock, log, signal });
}
