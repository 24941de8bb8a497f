/** One metric of one PutMetricData request, with its values spread out as CloudWatch would store them. */
export interface MetricRecord {
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions: Readonly<Record<string, string>>;
  /** Ms since the epoch; when it arrived, if the sender gave none. */
  readonly timestamp: number;
  readonly unit: string;
  readonly values: readonly number[];
  /** How often each of `values` occurred. */
  readonly counts: readonly number[];
  /** When it arrived, ms since the epoch. */
  readonly at: number;
}

/** One message that SNS accepted. */
export interface SnsMessage {
  readonly messageId: string;
  readonly topicArn: string;
  readonly subject: string | null;
  /** The text for each protocol (`email`, `https`...); `default` is for all that are not named. */
  readonly bodies: Readonly<Record<string, string>> & { readonly default: string };
  /** Name to value, for filter policies. */
  readonly attributes: Readonly<Record<string, string>>;
  /** When it arrived, ms since the epoch. */
  readonly at: number;
}

/** One call as an IAM policy would judge it, and what came of it. */
export interface AwsCall {
  /** The prefix of the IAM action: `cloudwatch`, `sns`, `secretsmanager`, `dynamodb`, `rds`, `scheduler`, `logs`. */
  readonly service: string;
  readonly action: string;
  /** The ARN that the policy must allow; `*` where AWS knows no resource (PutMetricData). */
  readonly resource: string;
  /** The value of the condition key `cloudwatch:namespace`; null for other services. */
  readonly namespace: string | null;
  /** Bytes of the body on the wire, and whether they were gzip. */
  readonly bytes: number;
  readonly compressed: boolean;
  /** `ok`, the error code that was answered, or the fault that was played. */
  readonly outcome: string;
  /** When it arrived, ms since the epoch. */
  readonly at: number;
}

/** The account and region in which the local endpoint pretends to be. */
export const LOCAL_REGION = 'eu-central-1';
export const LOCAL_ACCOUNT = '123456789012';

/** The topic and the table that the local endpoint has unless told otherwise. */
export const LOCAL_TOPIC_ARN = `arn:aws:sns:${LOCAL_REGION}:${LOCAL_ACCOUNT}:rds-connection-guard`;
export const LOCAL_TABLE = 'rds-connection-guard';
