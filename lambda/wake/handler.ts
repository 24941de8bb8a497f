import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import * as v from 'valibot';
import { systemClock } from '../shared/clock.ts';
import { jsonLog } from '../shared/log.ts';
import { readRefusalEvent } from './refusal-event.ts';

// The first refused login in a server's log invokes this function, which makes the guard check that server at once.

/** One extra check a minute is enough: the guard then goes on sampling by itself for as long as that is needed. */
const AT_MOST_EVERY = 60_000;

/** Enough for two calls; they go out together with the function's own time limit. */
const SETTINGS = {
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 1000, requestTimeout: 3000, throwOnRequestTimeout: true },
};

const environmentSchema = v.object({
  /** The group of the guard's schedules. */
  GUARD_SCHEDULE_GROUP: v.string(),
  /** The guard. */
  GUARD_FUNCTION_NAME: v.string(),
});

const namesSchema = v.object({ databases: v.array(v.object({ name: v.string() })) });
/** Passed on as it is: the guard recognises the events of its schedules only if they are unchanged. */
const scheduledSchema = v.object({ databases: v.array(v.unknown()) });

const scheduler = new SchedulerClient(SETTINGS);
const lambda = new LambdaClient(SETTINGS);
const log = jsonLog((line) => process.stdout.write(line), systemClock.now);

/** What one invocation did. */
export interface WakeSummary {
  /** The database that the guard was asked to check; null when none. */
  readonly woken: string | null;
}

/** When each database was last checked because of a refusal, in ms since the epoch. */
const lastWoken = new Map<string, number>();

/**
 * Invokes the guard for one database, with the event that its schedule has for it.
 *
 * @param event what CloudWatch Logs hands to a subscribed function.
 * @throws {Error} when AWS refuses; the schedule checks the database within a minute all the same.
 */
export async function handler(event: unknown): Promise<WakeSummary> {
  const refusal = readRefusalEvent(event);
  if (refusal === null) return { woken: null };
  const { schedule, database } = refusal;
  const now = systemClock.now();
  if (now - (lastWoken.get(database) ?? -Infinity) < AT_MOST_EVERY) return { woken: null };
  lastWoken.set(database, now);
  const environment = v.parse(environmentSchema, process.env);
  const { Target } = await scheduler.send(
    new GetScheduleCommand({ GroupName: environment.GUARD_SCHEDULE_GROUP, Name: schedule }),
  );
  const scheduled: unknown = JSON.parse(Target?.Input ?? '{}');
  const names = v.parse(namesSchema, scheduled).databases.map(({ name }) => name);
  const only = names.filter((name) => name === database || name.startsWith(`${database}/`));
  if (only.length === 0) throw new Error(`the schedule ${schedule} has no database ${database}`);
  await lambda.send(
    new InvokeCommand({
      FunctionName: environment.GUARD_FUNCTION_NAME,
      InvocationType: 'Event',
      Payload: JSON.stringify({ ...v.parse(scheduledSchema, scheduled), only }),
    }),
  );
  log('INFO', 'guard.woken', { database, reason: 'the server refused a login' });
  return { woken: database };
}
