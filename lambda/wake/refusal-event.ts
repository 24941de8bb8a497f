import { gunzipSync } from 'node:zlib';
import * as v from 'valibot';

/** A batch of log lines unpacked is at most 6 MB at AWS; more is not from there. */
const MAX_BYTES = 8 * 1024 * 1024;

const deliverySchema = v.object({ awslogs: v.object({ data: v.string() }) });

const batchSchema = v.object({
  messageType: v.string(),
  subscriptionFilters: v.array(v.string()),
});

/** Which database refused logins, and which schedule checks it. */
export interface RefusalEvent {
  /** The name of the schedule in its group. */
  readonly schedule: string;
  /** The database's name in the configuration; of a cluster, the part before `/` of its instances. */
  readonly database: string;
}

/**
 * Reads what CloudWatch Logs hands to a subscribed function. The stack names each subscription filter
 * `schedule/database`, so the lines themselves, which are untrusted text, are not read.
 *
 * @returns null for the message by which CloudWatch Logs tries out a subscription.
 * @throws {Error} when the event is something else.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
 */
export function readRefusalEvent(event: unknown): RefusalEvent | null {
  const { awslogs } = v.parse(deliverySchema, event);
  const text = gunzipSync(Buffer.from(awslogs.data, 'base64'), { maxOutputLength: MAX_BYTES }).toString(
    'utf8',
  );
  const { messageType, subscriptionFilters } = v.parse(batchSchema, JSON.parse(text));
  if (messageType === 'CONTROL_MESSAGE') return null;
  const [schedule = '', ...database] = (subscriptionFilters[0] ?? '').split('/');
  return { schedule, database: database.join('/') };
}
