import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import { within } from '../../shared/abort.ts';
import type { RenderedAlert } from './render.ts';
import { snsMessage } from './sns-body.ts';

/** SNS answers within a second or not at all; less than a claim holds, so that no other run repeats it meanwhile. Ms. */
const PUBLISH_WITHIN = 5_000;

/**
 * Makes one attempt to publish an alert to a topic. The renderer has kept SNS's limits (subject, 256 KiB).
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
    MessageAttributes: {
      // A filter policy matches any element of an array as it would match the text itself.
      database: { DataType: 'String.Array', StringValue: JSON.stringify(alert.attributes.database) },
      level: { DataType: 'String', StringValue: alert.attributes.level },
      kind: { DataType: 'String', StringValue: alert.attributes.kind },
    },
  });
  const { MessageId } = await within(PUBLISH_WITHIN, signal, (abortSignal) =>
    client.send(command, { abortSignal }),
  );
  if (MessageId === undefined) throw new Error('SNS answered without a message id');
  return MessageId;
}
