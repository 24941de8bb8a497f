import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Context } from 'aws-lambda';
import { createCredentialsProvider } from '../observe/credentials.ts';
import { createObserver } from '../observe/observer.ts';
import { createSecretReader } from '../observe/secret-cache.ts';
import { readDiscovered } from '../remember/discovered-list.ts';
import { createMemoryStore } from '../remember/dynamodb.ts';
import { timeoutSignal } from '../shared/abort.ts';
import { CLIENT_SETTINGS } from '../shared/aws-clients.ts';
import { systemClock } from '../shared/clock.ts';
import { jsonLog } from '../shared/log.ts';
import { toError } from '../shared/to-error.ts';
import { act } from './act.ts';
import { alone } from './alone.ts';
import type { Answer } from './answer.ts';
import { findDatabase } from './databases.ts';
import { readEnvironment } from './environment.ts';
import { type Request, readRequest } from './request.ts';
import { readSlackRequest, slackReply } from './slack-request.ts';
import { problemHtml, widgetHtml } from './widget.ts';
import { DESCRIPTION, isDescribe, readWidgetEvent, type WidgetEvent } from './widget-event.ts';

// What people do about an incident: see what holds the slots, acknowledge, mute, see what reclaim would end, end it.

/** What is left of the function's time when everything still under way is broken off. */
const LAST_MOMENT = 500;

/** The stack puts the list of its databases beside the code. */
const DATABASES = new URL('databases.json', import.meta.url);

type ActionsContext = Pick<Context, 'getRemainingTimeInMillis' | 'invokedFunctionArn'>;

const clock = systemClock;
const log = jsonLog((line) => process.stdout.write(line), clock.now);
const dynamodb = new DynamoDBClient(CLIENT_SETTINGS);
const readSecret = createSecretReader(new SecretsManagerClient(CLIENT_SETTINGS), clock);

/**
 * One action.
 *
 * @param event `{ action, database, ... }`: docs/actions.md; or what the widget of a dashboard or a button in Slack sends.
 * @returns what came of it, as plain data; HTML for the widget, a few lines for Slack.
 * @throws {ConfigurationError} when the request or the environment has mistakes: all of them at once.
 * @throws {GuardError} when the action could not be done, or is not allowed.
 */
export async function handler(event: unknown, context: ActionsContext): Promise<unknown> {
  if (isDescribe(event)) return DESCRIPTION;
  const widget = readWidgetEvent(event);
  if (widget !== null) return await show(widget, context);
  const pressed = readSlackRequest(event);
  if (pressed !== null) return slackReply(await answer(pressed, context));
  const request = read(event, null);
  const { view, text, reclaim, outcomes } = await answer(request, context);
  return {
    action: request.action,
    database: request.database,
    text,
    ...view,
    ...(reclaim !== null && { reclaim }),
    ...(outcomes !== null && { outcomes }),
  };
}

/** What the widget shows: after a button, what came of it and what holds the slots then. Never rejects. */
async function show({ sent, caller }: WidgetEvent, context: ActionsContext): Promise<string> {
  try {
    const request = read(sent, caller);
    const { database, by } = request;
    const acted = await answer(request, context).catch(toError);
    const seen =
      acted instanceof Error || acted.view === null
        ? await answer({ action: 'preview', database, by }, context)
        : acted;
    if (seen.view === null) return problemHtml(seen.text);
    return widgetHtml({
      view: seen.view,
      reclaim: seen.reclaim,
      endpoint: context.invokedFunctionArn,
      notice: acted instanceof Error ? acted.message : acted === seen ? null : acted.text,
      mayTerminate: readEnvironment(process.env).GUARD_ACTIONS_TERMINATE === 'on',
    });
  } catch (error) {
    return problemHtml(toError(error).message);
  }
}

function read(sent: unknown, caller: string | null): Request {
  try {
    return readRequest(sent, caller);
  } catch (error) {
    log('WARN', 'action.refused', { by: caller, error: toError(error).message });
    throw error;
  }
}

/** Does it and writes the audit line: what was asked, which person or dashboard asked, and what came of it. */
async function answer(request: Request, context: ActionsContext): Promise<Answer> {
  const { action, database: name, by } = request;
  const asked = { action, database: name, by, ...('minutes' in request && { minutes: request.minutes }) };
  try {
    const done = await perform(request, context.getRemainingTimeInMillis());
    log('INFO', 'action.done', { ...asked, changed: done.changed, text: done.text });
    return done;
  } catch (error) {
    log('WARN', 'action.failed', { ...asked, error: toError(error).message });
    throw error;
  }
}

async function perform(request: Request, remaining: number): Promise<Answer> {
  const environment = readEnvironment(process.env);
  const signal = timeoutSignal(remaining - LAST_MOMENT);
  const table = { client: dynamodb, tableName: environment.GUARD_TABLE_NAME };
  const database = await findDatabase(request.database, {
    file: DATABASES,
    values: environment.GUARD_DATABASE_VALUES,
    profiles: environment.GUARD_PINNED_PROFILES,
    discovered: () => readDiscovered(dynamodb, environment.GUARD_TABLE_NAME, signal),
  });
  const observer = createObserver({
    target: database,
    credentials: createCredentialsProvider(database, {
      region: environment.AWS_REGION,
      readSecret,
      pinned: true,
    }),
    clock,
    withSessions: database.reclaim.mode !== 'off',
  });
  try {
    return await act(request, {
      database,
      observer,
      clock,
      log,
      signal,
      store: createMemoryStore({ ...table, clock }),
      alone: (work) => alone(work, { ...table, database, clock, log, signal }),
      timeZone: environment.GUARD_TIME_ZONE,
      mayTerminate: environment.GUARD_ACTIONS_TERMINATE === 'on',
    });
  } finally {
    await observer.close();
  }
}
