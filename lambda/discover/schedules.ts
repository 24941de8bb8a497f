import {
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  DeleteScheduleCommand,
  GetScheduleCommand,
  type GetScheduleCommandOutput,
  paginateListSchedules,
  ResourceNotFoundException,
  type SchedulerClient,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler';
import * as v from 'valibot';
import { type Entry, entrySchema, inputOf } from './entry.ts';
import type { ByHand } from './fleet.ts';
import { type Change, numberOf, type Scheduled } from './plan.ts';

/** What a schedule invokes. */
export interface Target {
  readonly functionArn: string;
  readonly roleArn: string;
  readonly deadLettersArn: string;
}

const MINUTE = 60_000;

/** The first run with a new database is no further off than this, in ms. */
const SOONEST = 50_000;

/** Seconds from one schedule to the next: prime to 60, so each second is taken once before one is taken twice. */
const STEP = 37;

/** When in its minute a schedule fires, in ms: the peak of the first second is spread. */
export function phaseOf(number: number): number {
  return (number * STEP * 1000) % MINUTE;
}

/**
 * When a schedule that is written now fires first, and each minute from then on.
 *
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#rate-based
 */
export function startOf(name: string, now: number): number {
  const sinceMinute = (((now - phaseOf(numberOf(name))) % MINUTE) + MINUTE) % MINUTE;
  return now + Math.min(MINUTE - sinceMinute, SOONEST);
}

/** The schedules of a group, one call after the other: that stays far under what Scheduler takes in a second. */
async function* schedulesIn(client: SchedulerClient, group: string, abortSignal: AbortSignal) {
  const names: string[] = [];
  const pages = paginateListSchedules({ client, pageSize: 100 }, { GroupName: group }, { abortSignal });
  for await (const { Schedules = [] } of pages) names.push(...Schedules.map(({ Name = '' }) => Name));
  for (const name of names) {
    const schedule = await client
      .send(new GetScheduleCommand({ GroupName: group, Name: name }), { abortSignal })
      .catch(unlessGone);
    if (schedule !== null) yield { name, schedule };
  }
}

const eventSchema = v.object({ databases: v.array(entrySchema) });

/** The schedules that discovery has written. One that it cannot read counts as empty, and is written anew. */
export async function readSchedules(
  client: SchedulerClient,
  group: string,
  target: Target,
  signal: AbortSignal,
): Promise<Scheduled[]> {
  const scheduled: Scheduled[] = [];
  for await (const { name, schedule } of schedulesIn(client, group, signal)) {
    const event = v.safeParse(eventSchema, eventOf(schedule));
    const entries = event.success ? event.output.databases : [];
    const isCurrent = event.success && isFor(schedule, target, entries);
    scheduled.push({ name, entries, exists: true, isCurrent });
  }
  return scheduled;
}

const configuredSchema = v.object({
  databases: v.array(
    v.object({
      name: v.string(),
      host: v.string(),
      login: v.object({ iam: v.optional(v.object({ resourceId: v.optional(v.string()) })) }),
    }),
  ),
});

/** What the schedules of the stack itself watch. */
export async function readByHand(
  client: SchedulerClient,
  group: string,
  signal: AbortSignal,
): Promise<ByHand> {
  const [names, hosts, resourceIds] = [new Set<string>(), new Set<string>(), new Set<string>()];
  for await (const { schedule } of schedulesIn(client, group, signal)) {
    for (const { name, host, login } of v.parse(configuredSchema, eventOf(schedule)).databases) {
      names.add(name);
      hosts.add(host.toLowerCase());
      if (login.iam?.resourceId !== undefined) resourceIds.add(login.iam.resourceId);
    }
  }
  return { names, hosts, resourceIds };
}

/** Creates, rewrites or deletes one schedule. Repeated, it changes nothing more. */
export async function writeSchedule(
  client: SchedulerClient,
  group: string,
  target: Target,
  { name, entries, exists }: Change,
  now: number,
  abortSignal: AbortSignal,
): Promise<void> {
  if (entries.length === 0) {
    await client
      .send(new DeleteScheduleCommand({ GroupName: group, Name: name }), { abortSignal })
      .catch(unlessGone);
    return;
  }
  const definition = {
    ...definitionOf(target, entries),
    GroupName: group,
    Name: name,
    StartDate: new Date(startOf(name, now)),
  };
  // An update sets back to its default whatever it leaves out, so both say all of it.
  await (exists
    ? client.send(new UpdateScheduleCommand(definition), { abortSignal })
    : client.send(new CreateScheduleCommand(definition), { abortSignal }));
}

function definitionOf(target: Target, entries: readonly Entry[]) {
  return {
    Description: `rds-connection-guard: ${entries.length} discovered databases`,
    ScheduleExpression: 'rate(1 minute)',
    FlexibleTimeWindow: { Mode: 'OFF' },
    State: 'ENABLED',
    Target: {
      Arn: target.functionArn,
      RoleArn: target.roleArn,
      Input: inputOf(entries),
      // A late sample is worth nothing: the next minute brings another.
      RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 },
      DeadLetterConfig: { Arn: target.deadLettersArn },
    },
  } as const satisfies Omit<CreateScheduleCommandInput, 'Name'>;
}

/** Would it be written as it is, its start aside? */
function isFor(schedule: GetScheduleCommandOutput, target: Target, entries: readonly Entry[]): boolean {
  const { Target: wanted, ...rest } = definitionOf(target, entries);
  const { Target: found } = schedule;
  return (
    found?.Arn === wanted.Arn &&
    found.RoleArn === wanted.RoleArn &&
    found.Input === wanted.Input &&
    found.DeadLetterConfig?.Arn === wanted.DeadLetterConfig.Arn &&
    schedule.State === rest.State &&
    schedule.ScheduleExpression === rest.ScheduleExpression
  );
}

function eventOf({ Target: target }: GetScheduleCommandOutput): unknown {
  try {
    return JSON.parse(target?.Input ?? 'null');
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Somebody deleted it between two calls: there is nothing left to do. */
function unlessGone(error: unknown): null {
  if (error instanceof ResourceNotFoundException) return null;
  throw error;
}
