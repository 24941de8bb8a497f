import { type MessageAttributeValue, PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import type { RenderedAlert } from './render.ts';
import { snsMessage } from './sns-body.ts';

/**
 * Publishes an alert to a topic. The renderer has kept SNS's limits (subject, 256 KiB).
 *
 * @returns the id that SNS gave the message.
 * @throws the SDK's error when SNS did not say that it took the message. It may have: the message may come twice.
 */
export async function publishAlert(
  client: SNSClient,
  topicArn: string,
  alert: RenderedAlert,
  signal: AbortSignal,
): Promise<string> {
  const command = new PublishCommand({
    TopicArn: topicArn,
    Subject: alert.subject,
    Message: snsMessage(alert),
    MessageStructure: 'json',
    MessageAttributes: Object.fromEntries(
      Object.entries(alert.attributes).map(([name, value]): [string, MessageAttributeValue] => [
        name,
        { DataType: 'String', StringValue: value },
      ]),
    ),
  });
  const { MessageId } = await client.send(command, { abortSignal: signal });
  if (MessageId === undefined) throw new Error('SNS answered without a message id');
  return MessageId;
}
