import type { SNSClient } from '@aws-sdk/client-sns';
import type { Config } from '../../infra/config/parse-config.ts';
import { topicArn } from '../../lambda/config/environment.ts';
import { parse } from '../../lambda/config/validation.ts';
import type { TopicName } from '../../lambda/report/delivery/topic.ts';
import { CONFIG_FILE } from '../connection/guard-config.ts';
import { UsageError } from '../usage-error.ts';

/** ARNs, as far as the command line gives them. */
export type GivenTopics = Readonly<Record<TopicName, string | undefined>>;

/**
 * Where the function publishes: to the topics given, else to those of the configuration, else to the one that its stack has
 * made for both.
 *
 * @throws {UsageError} when nothing names a topic, or the stack's is not there.
 * @throws {ConfigurationError} when what is given is no ARN of a topic.
 */
export async function topicsOf(
  given: GivenTopics,
  config: Config | null,
  client: SNSClient,
  abortSignal: AbortSignal,
): Promise<Readonly<Record<TopicName, string>>> {
  const arn = (name: TopicName): string | undefined => {
    const written = given[name];
    return written === undefined ? config?.notify.topics[name] : parse(topicArn, written, `--${name}-topic`);
  };
  const { warning, critical } = { warning: arn('warning'), critical: arn('critical') };
  if (warning !== undefined && critical !== undefined) return { warning, critical };
  if (config === null)
    throw new UsageError(
      `which topics? There is no ${CONFIG_FILE} here: name them with --warning-topic and --critical-topic`,
    );
  const created = await createdTopic(config.stackName, client, abortSignal);
  return { warning: warning ?? created, critical: critical ?? created };
}

/** CloudFormation names it by the stack and by its path in the stack. */
async function createdTopic(stackName: string, client: SNSClient, abortSignal: AbortSignal): Promise<string> {
  const { paginateListTopics } = await import('@aws-sdk/client-sns');
  for await (const { Topics = [] } of paginateListTopics({ client }, {}, { abortSignal })) {
    const found = Topics.find(({ TopicArn = '' }) =>
      TopicArn.split(':')[5]?.startsWith(`${stackName}-GuardNotificationsAlerts`),
    );
    if (found?.TopicArn !== undefined) return found.TopicArn;
  }
  throw new UsageError(
    `there is no topic of the stack ${stackName} in ${await client.config.region()}: is it deployed there? ` +
      'Else name its outputs WarningTopic and CriticalTopic with --warning-topic and --critical-topic',
  );
}
