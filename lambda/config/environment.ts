import * as v from 'valibot';
import { METRIC_NAMESPACE, METRIC_SETS } from './metrics.ts';
import { pinsSchema, profilesSchema } from './pins.ts';
import { parse } from './validation.ts';

const text = v.pipe(v.string(), v.minLength(1));
const url = v.pipe(v.string(), v.url('a URL'));
/** The ARN of a topic. */
export const topicArn = v.pipe(
  v.string(),
  v.regex(/^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}$/, 'the ARN of an SNS topic'),
);

const environmentSchema = v.object({
  /** Set by Lambda; names the region that IAM tokens are signed for. */
  AWS_REGION: text,
  /** Set by Lambda: the folder of the function's own files. */
  LAMBDA_TASK_ROOT: v.optional(text, '/var/task'),
  /** The DynamoDB table that holds the memory. */
  GUARD_TABLE_NAME: text,
  /** Where alerts of level warning go. */
  GUARD_WARNING_TOPIC_ARN: topicArn,
  /** Where alerts of levels critical and full, and of unreachable databases, go. */
  GUARD_CRITICAL_TOPIC_ARN: topicArn,
  /** The time zone that messages are written in: an IANA name. */
  GUARD_TIME_ZONE: v.optional(
    v.pipe(v.string(), v.check(isTimeZone, 'an IANA time zone such as Europe/Berlin')),
    'UTC',
  ),
  /** The CloudWatch namespace of the metrics. */
  GUARD_METRIC_NAMESPACE: v.optional(text, METRIC_NAMESPACE),
  /** Which metrics of a database are sent. */
  GUARD_METRICS: v.optional(v.picklist(METRIC_SETS), 'all'),
  /** Are the databases counted that are unreachable, critical and full? */
  GUARD_FLEET_COUNTS: v.optional(v.picklist(['on', 'off']), 'off'),
  /** Linked from messages. */
  GUARD_DASHBOARD_URL: v.optional(url),
  /** Linked from messages, RANGE and QUERY filled in. */
  GUARD_LOG_QUERY_URL: v.optional(url),
  /** The page that explains each message (docs/alerts.md, wherever it is published). */
  GUARD_DOCS_URL: v.optional(url),
  /** The events that may ask for what others may not: see {@link pinsSchema}. */
  GUARD_PINNED_EVENTS: v.optional(pinsSchema, '[]'),
  /** What discovered databases may ask for. */
  GUARD_PINNED_PROFILES: profilesSchema,
  /** The function that people act through; messages offer its commands. */
  GUARD_ACTIONS_FUNCTION: v.optional(v.pipe(v.string(), v.regex(/^[\w-]{1,64}$/, 'the name of a function'))),
  /** May it end sessions? */
  GUARD_ACTIONS_TERMINATE: v.optional(v.picklist(['on', 'off']), 'off'),
  /** How the team calls the command line; shown in messages as it is. */
  GUARD_COMMAND: v.optional(
    v.pipe(v.string(), v.regex(/^[ -_a-~]{1,200}$/, 'up to 200 printable ASCII characters, no backtick')),
  ),
});

/** What the stack tells the function through its environment. */
export type Environment = v.InferOutput<typeof environmentSchema>;

/**
 * Reads the function's environment variables.
 *
 * @throws {ConfigurationError} naming every variable that is missing or wrong.
 */
export function readEnvironment(variables: NodeJS.ProcessEnv): Environment {
  return parse(environmentSchema, variables, 'the environment of the function');
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
