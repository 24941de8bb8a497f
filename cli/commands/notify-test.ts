import type { Config } from '../../infra/config/parse-config.ts';
import { renderAlerts } from '../../lambda/report/delivery/render.ts';
import { topicOf } from '../../lambda/report/delivery/topic.ts';
import { printable } from '../../lambda/shared/printable.ts';
import { toError } from '../../lambda/shared/to-error.ts';
import { defineCommand } from '../command.ts';
import { credentialTrouble } from '../connection/aws-error.ts';
import { CONFIG_FILE, configuration } from '../connection/guard-config.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit-code.ts';
import { configOption } from '../history/log-group.ts';
import { marked } from '../notify-test/marked.ts';
import { type Named, sampleAlerts } from '../notify-test/sample-alerts.ts';
import { topicsOf } from '../notify-test/topics.ts';
import { text } from '../options.ts';
import { UsageError } from '../usage-error.ts';

/** Sends one message of each kind, marked as a test, the way that real ones go. */
export const notifyTestCommand = defineCommand({
  name: 'notify-test',
  summary: 'Sends one message of each kind, marked TEST, through the topics of the deployed guard',
  description:
    'Publishes to the real topics, with the AWS credentials of your environment: what they lead to (email, Slack, a pager) gets ' +
    'messages whose subject and first line say TEST. It reads no database.',
  names: 'a database of guard.config.ts, which the messages tell of (default: the first)',
  options: {
    config: configOption,
    warningTopic: text(
      '--warning-topic <arn>',
      'the output WarningTopic of the stack (default: that of the configuration, or of its stack)',
    ),
    criticalTopic: text('--critical-topic <arn>', 'the output CriticalTopic, likewise'),
    actionsFunction: text(
      '--actions-function <name>',
      'the output ActionsFunctionName: messages then have its commands, and in Slack its buttons, which act for real',
    ),
  },
  examples: [
    ['rds-connection-guard notify-test', 'messages about the first database of guard.config.ts'],
    ['rds-connection-guard notify-test orders', 'messages about orders, for subscriptions that filter by it'],
  ],
  exitCodes: [
    [EXIT.ok, 'SNS took every message; that they arrived only the readers can tell'],
    [EXIT.unknown, 'SNS did not take every message'],
  ],
  run: async ({ config: file, warningTopic, criticalTopic, actionsFunction }, name, context) => {
    const { cwd, env, clock, signal, out } = context;
    const config = await configuration(file ?? null, cwd);
    const alerts = sampleAlerts(namedIn(config, name, file), clock.now());
    const client = await snsClient(config, env);
    try {
      const { publishAlert } = await import('../../lambda/report/delivery/publish.ts');
      const topics = await topicsOf(
        { warning: warningTopic, critical: criticalTopic },
        config,
        client,
        signal,
      );
      const surroundings = {
        ...surroundingsOf(config),
        ...(actionsFunction !== undefined && {
          actions: {
            functionName: functionNamed(actionsFunction),
            region: await client.config.region(),
            terminate: config?.actions?.terminate === true,
          },
        }),
      };
      for (const alert of alerts) {
        const topic = topics[topicOf(alert.notification)];
        const message = marked(renderAlerts([alert], surroundings));
        await publishAlert(client, topic, message, signal);
        out(`sent to ${topic}: ${message.subject}`);
      }
      return EXIT.ok;
    } catch (error) {
      throw inWords(toError(error));
    } finally {
      client.destroy();
    }
  },
});

/** What the messages tell of: of a fleet that is discovered, or without a configuration, any name. */
function namedIn(config: Config | null, name: string | null, file: string | undefined): Named {
  const databases = config?.databases ?? [];
  const found = name === null ? databases[0] : databases.find(({ input }) => input.name === name);
  if (found !== undefined) return found.input;
  if (databases.length > 0) throw new UsageError(`${file ?? CONFIG_FILE} has no database ${name}`);
  return {
    name: name ?? 'example',
    host: 'database.example.com',
    login: { iam: { user: 'connection_guard' } },
  };
}

/** The AWS SDK is loaded only here. In the region of the stack, as the function has it. */
async function snsClient(config: Config | null, env: Context['env']) {
  const { SNSClient } = await import('@aws-sdk/client-sns');
  const region = config?.region ?? (env['AWS_REGION'] || env['AWS_DEFAULT_REGION']);
  return new SNSClient({
    ...(region && { region }),
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 2000, requestTimeout: 5000, throwOnRequestTimeout: true },
  });
}

/** Stands in commands as it is. */
function functionNamed(name: string): string {
  if (!/^[\w-]{1,64}$/.test(name)) throw new UsageError(`--actions-function: no name of a function: ${name}`);
  return name;
}

function surroundingsOf(config: Config | null) {
  const { timeZone = 'UTC', docsUrl, command } = config?.notify ?? {};
  return {
    timeZone,
    ...(docsUrl !== undefined && { docsUrl }),
    ...(command !== undefined && { command }),
  };
}

/** What SNS's errors mean here, and what to do. */
function inWords(error: Error): Error {
  const words: Readonly<Record<string, string>> = {
    AuthorizationErrorException:
      'your AWS credentials may not do it: they need sns:Publish on the topics, and sns:ListTopics to find that of the stack',
    NotFoundException: 'there is no such topic in this account and region',
    KMSAccessDeniedException:
      'the topic is encrypted: your AWS credentials need kms:GenerateDataKey and kms:Decrypt on its key',
  };
  const known = words[error.name] ?? credentialTrouble(error);
  return known === null ? error : new Error(`${known} (${printable(error.message, 200)})`, { cause: error });
}
