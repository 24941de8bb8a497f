import { setMaxListeners } from 'node:events';
import type { Context } from 'aws-lambda';
import type { SessionHistory } from './assess/predictions/session-history.ts';
import type { Database } from './config/database.ts';
import { type Environment, readEnvironment } from './config/environment.ts';
import { parseEvent } from './config/event.ts';
import { refuseWhatNeedsPin, trustedIn } from './config/pins.ts';
import type { Notification } from './model/memory.ts';
import { createCredentialsProvider } from './observe/credentials.ts';
import { createObserver } from './observe/observer.ts';
import { createSecretReader } from './observe/secret-cache.ts';
import { createMemoryStore } from './remember/dynamodb.ts';
import type { KeptMemory } from './remember/run-memory.ts';
import { createMailer } from './report/delivery/mailer.ts';
import { publishAlert } from './report/delivery/publish.ts';
import { renderAlerts } from './report/delivery/render.ts';
import { type AlertFacts, composeAlert } from './report/message/compose.ts';
import { metricData } from './report/metrics/data-points.ts';
import { fleetCounts } from './report/metrics/fleet-counts.ts';
import { publishMetrics } from './report/metrics/publish.ts';
import { createKeptObservers, KEPT_FOR } from './run/kept-observers.ts';
import { type RunSummary, runGuard } from './run/run.ts';
import { nextRunAt, runWindow, type Window } from './run/sampling-schedule.ts';
import { type DatabaseData, type Legacy, watch } from './run/watch-database.ts';
import { timeoutSignal } from './shared/abort.ts';
import { createClients } from './shared/aws-clients.ts';
import { systemClock } from './shared/clock.ts';
import { jsonLog } from './shared/log.ts';

/** Everything still under way is aborted this long before the function's time is up, in ms. */
const LAST_MOMENT = 500;

/** How many of the last runs are remembered, to know when the schedule fires. */
const RUNS_KEPT = 10;

const clock = systemClock;
const log = jsonLog((line) => process.stdout.write(line), clock.now);

// These live as long as this Lambda environment: connections to AWS, secrets, and memory for when DynamoDB is down.
const clients = createClients();
const readSecret = createSecretReader(clients.secretsManager, clock);
const kept = new Map<string, KeptMemory>();
const histories = new Map<string, SessionHistory>();
const legacies = new Map<string, Legacy>();
const observers = createKeptObservers(clock.now);
/** When the runs of the last minutes began, by the first database of their events. */
const began = new Map<string, readonly number[]>();

/**
 * One run of the guard over the databases of its event.
 *
 * @param event `{ databases: [...] }`, as the schedule sends it, or a person who invokes the function by hand.
 * @throws {ConfigurationError} when the event or the environment has mistakes: all of them at once.
 * @throws {GuardFaultError} after every database has had its turn, when alerts, memory or data points failed.
 */
export async function handler(
  event: unknown,
  context: Pick<Context, 'getRemainingTimeInMillis'>,
): Promise<RunSummary> {
  const environment = readEnvironment(process.env);
  const { databases } = parseEvent(event);
  const trusted = trustedIn(event, environment.GUARD_PINNED_EVENTS, environment.GUARD_PINNED_PROFILES);
  refuseWhatNeedsPin(databases, trusted, environment.LAMBDA_TASK_ROOT);
  const remaining = context.getRemainingTimeInMillis();
  const signal = timeoutSignal(remaining - LAST_MOMENT);
  // Everything under way listens to it, for 25 databases at once: Node.js would warn of a leak.
  setMaxListeners(0, signal);
  const store = createMemoryStore({
    client: clients.dynamodb,
    tableName: environment.GUARD_TABLE_NAME,
    clock,
  });
  const topics = {
    warning: environment.GUARD_WARNING_TOPIC_ARN,
    critical: environment.GUARD_CRITICAL_TOPIC_ARN,
  };
  const surroundings = {
    timeZone: environment.GUARD_TIME_ZONE,
    ...(environment.GUARD_DASHBOARD_URL !== undefined && { dashboardUrl: environment.GUARD_DASHBOARD_URL }),
    ...(environment.GUARD_LOG_QUERY_URL !== undefined && { logQueryUrl: environment.GUARD_LOG_QUERY_URL }),
    ...(environment.GUARD_DOCS_URL !== undefined && { docsUrl: environment.GUARD_DOCS_URL }),
    ...(environment.GUARD_COMMAND !== undefined && { command: environment.GUARD_COMMAND }),
    ...(environment.GUARD_ACTIONS_FUNCTION !== undefined && {
      actions: {
        functionName: environment.GUARD_ACTIONS_FUNCTION,
        region: environment.AWS_REGION,
        terminate: environment.GUARD_ACTIONS_TERMINATE === 'on',
      },
    }),
  };

  const observe = (database: Database) =>
    createObserver({
      target: database,
      credentials: createCredentialsProvider(database, {
        region: environment.AWS_REGION,
        readSecret,
        pinned: trusted.has(database.name),
      }),
      clock,
      withSessions: database.reclaim.mode !== 'off',
      endsAfter: KEPT_FOR,
    });

  const mail = createMailer({
    publish: async (alerts, topic) => {
      await publishAlert(clients.sns, topics[topic], renderAlerts(alerts, surroundings), signal);
    },
    databases: databases.length,
    clock,
  });
  const notify = (notification: Notification, facts: AlertFacts) => mail(composeAlert(notification, facts));

  const parts = { observe, observers, store, kept, histories, legacies, notify, clock, log, signal };
  try {
    return await runGuard(databases, windowOf(databases, remaining), {
      clock,
      watch: (database, window) => watch(database, window, parts),
      publish: (batch) =>
        publishMetrics(
          clients.cloudwatch,
          environment.GUARD_METRIC_NAMESPACE,
          dataOf(batch, environment),
          signal,
        ),
    });
  } finally {
    await observers.prune();
  }
}

function windowOf([first]: readonly Database[], remaining: number): Window {
  const now = clock.now();
  const earlier = began.get(first?.name ?? '') ?? [];
  began.set(first?.name ?? '', [...earlier, now].slice(-RUNS_KEPT));
  return runWindow(now, remaining, nextRunAt(now, earlier));
}

function dataOf(batch: readonly DatabaseData[], { GUARD_METRICS, GUARD_FLEET_COUNTS }: Environment) {
  const runs = batch.flatMap(({ earlier, now }) => (earlier === null ? [now] : [earlier, now]));
  const states = batch.map(({ level, now: { observations } }) => ({ level, observations }));
  return [
    ...runs.flatMap((run) => metricData({ ...run, metrics: GUARD_METRICS })),
    ...(GUARD_FLEET_COUNTS === 'on' ? fleetCounts(states) : []),
  ];
}
