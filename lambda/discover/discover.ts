import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { RDSClient } from '@aws-sdk/client-rds';
import type { SchedulerClient } from '@aws-sdk/client-scheduler';
import type { SNSClient } from '@aws-sdk/client-sns';
import type { Clock } from '../shared/clock.ts';
import type { Log } from '../shared/log.ts';
import { toError } from '../shared/to-error.ts';
import type { Entry } from './entry.ts';
import { failoversIn } from './failovers.ts';
import { type Fleet, fleetOf, type Problem } from './fleet.ts';
import { lineOf, linesOf, publishNews, withNews } from './news.ts';
import { type Change, planOf } from './plan.ts';
import { readByHand, readSchedules, type Target, writeSchedule } from './schedules.ts';
import { describeServers } from './servers.ts';
import type { DiscoverEnvironment } from './settings.ts';
import { type DiscoveryState, takeTurn } from './state.ts';

/** What a pass works with. */
export interface DiscoverParts {
  readonly clients: {
    readonly rds: RDSClient;
    readonly scheduler: SchedulerClient;
    readonly dynamodb: DynamoDBClient;
    readonly sns: SNSClient;
  };
  readonly environment: DiscoverEnvironment;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** What one pass did. */
export interface DiscoverSummary {
  readonly watched: number;
  readonly added: number;
  readonly removed: number;
}

/** The least time between two notifications, in ms. */
const TOLD_EVERY = 3_600_000;

/** For how many servers reported problems are remembered; beyond that they are reported again. */
const MOST_TOLD = 2500;

/**
 * One pass: describes the servers, and rewrites the schedules where they differ from what the tags ask for. One pass at
 * a time; whatever fails, the existing schedules stay.
 *
 * @param event what started it: of its own schedule, or of EventBridge.
 * @throws the first failure, after what was changed until then is noted.
 */
export async function discover(event: unknown, parts: DiscoverParts): Promise<DiscoverSummary> {
  const { environment, clients, clock, signal } = parts;
  const { dynamodb: client } = clients;
  const turn = await takeTurn({ client, tableName: environment.GUARD_TABLE_NAME, clock, signal });
  const pass: Pass = { state: turn.state, list: null, added: [], removed: [], watched: 0 };
  let failure: Error | null = null;
  try {
    await reconcile(event, parts, pass);
    await tell(parts, pass);
  } catch (error) {
    failure = toError(error);
  }
  const { added, removed, watched } = pass;
  if (added.length + removed.length > 0)
    parts.log('INFO', 'discovery.changed', { added: namesOf(added), removed: namesOf(removed), watched });
  await turn.end(pass.state, pass.list);
  if (failure !== null) throw failure;
  return { watched, added: added.length, removed: removed.length };
}

/** What a pass has done so far, noted after each step because the next call may fail. */
interface Pass {
  state: DiscoveryState;
  /** All that is watched now; null until that is certain. */
  list: readonly Entry[] | null;
  watched: number;
  readonly added: Entry[];
  readonly removed: Entry[];
}

async function reconcile(event: unknown, parts: DiscoverParts, pass: Pass): Promise<void> {
  const { environment, clients, clock, signal } = parts;
  const settings = environment.GUARD_DISCOVER;
  const group = environment.GUARD_DISCOVERED_GROUP;
  const target: Target = {
    functionArn: environment.GUARD_FUNCTION_ARN,
    roleArn: environment.GUARD_SCHEDULE_ROLE_ARN,
    deadLettersArn: environment.GUARD_DEAD_LETTERS_ARN,
  };
  const byHand = await readByHand(clients.scheduler, environment.GUARD_SCHEDULE_GROUP, signal);
  const scheduled = await readSchedules(clients.scheduler, group, target, signal);
  const servers = await describeServers(clients.rds, signal);
  const fleet = fleetOf(servers, byHand, settings, failoversIn(event, clock.now()));
  const plan = planOf(scheduled, fleet.entries, pass.state.missing, settings, clock.now());
  pass.watched = scheduled.reduce((sum, { entries }) => sum + entries.length, 0);
  pass.state = { ...pass.state, missing: plan.missing };
  noteProblems(parts, pass, [
    ...fleet.problems,
    ...plan.refused.map((entry) => noRoom(entry, settings.atMost)),
  ]);
  for (const change of plan.changes) {
    await writeSchedule(clients.scheduler, group, target, change, clock.now(), signal);
    note(pass, change, fleet);
  }
  pass.list = plan.watched;
}

function note(pass: Pass, { added, removed }: Change, fleet: Fleet): void {
  pass.added.push(...added);
  pass.removed.push(...removed);
  pass.watched += added.length - removed.length;
  pass.state = { ...pass.state, news: withNews(pass.state.news, linesOf(added, removed, fleet)) };
}

/** Each problem is reported once, until it changes or ends. */
function noteProblems({ log }: DiscoverParts, pass: Pass, problems: readonly Problem[]): void {
  const { told, news } = pass.state;
  const fresh = problems.filter(({ id, problem }) => told[id] !== problem);
  for (const { name, problem, remedy } of fresh)
    log('WARN', 'discovery.problem', { database: name, problem, remedy });
  pass.state = {
    ...pass.state,
    told: Object.fromEntries(problems.slice(0, MOST_TOLD).map(({ id, problem }) => [id, problem])),
    news: withNews(news, fresh.map(lineOf)),
  };
}

async function tell({ environment, clients, clock, signal }: DiscoverParts, pass: Pass): Promise<void> {
  const { news, notifiedAt } = pass.state;
  const now = clock.now();
  if (news.length === 0 || now - notifiedAt < TOLD_EVERY) return;
  await publishNews(clients.sns, environment.GUARD_WARNING_TOPIC_ARN, news, now, signal);
  pass.state = { ...pass.state, news: [], notifiedAt: now };
}

function noRoom({ name, discovered }: Entry, atMost: number): Problem {
  return {
    id: discovered.resourceId,
    name,
    problem: `${atMost} databases are watched, and discover.atMost is ${atMost}`,
    remedy: 'raise it',
  };
}

function namesOf(entries: readonly Entry[]): readonly string[] {
  return entries.slice(0, 100).map(({ name }) => name);
}
