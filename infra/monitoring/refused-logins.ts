import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  Metric,
  type MetricOptions,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { FilterPattern, type ILogGroup, MetricFilter } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { type AlarmTarget, notify } from './alarm-target.ts';

/**
 * What PostgreSQL 12 to 18 and RDS log when they refuse a login for want of a slot (SQLSTATE 53300). The second begins
 * all messages on reserved slots, RDS's own among them; the last is what `log_error_verbosity = verbose` puts first.
 * Two blanks follow `FATAL:`, whatever the log_line_prefix. A server that logs in another language (`lc_messages`) is
 * not understood.
 */
export const REFUSAL_TEXTS = [
  'FATAL:  sorry, too many clients already',
  'FATAL:  remaining connection slots are reserved for ',
  'FATAL:  too many connections for role ',
  'FATAL:  too many connections for database ',
  'FATAL:  53300: ',
] as const;

/** Matches a log line that holds any of {@link REFUSAL_TEXTS}. */
export const REFUSAL_PATTERN = FilterPattern.anyTerm(...REFUSAL_TEXTS);

/** A server's log in which refused logins are counted. */
export interface RefusalLog {
  /** The database's name; a cluster's instances share one log, and so one count under the cluster's name. */
  readonly database: string;
  readonly logGroup: ILogGroup;
}

/**
 * Logins that a server refused, of whichever client, by the minute. A metric filter cannot give a fixed dimension, so
 * the database is in the namespace.
 */
export function loginsRefused(namespace: string, database: string, options: MetricOptions = {}): Metric {
  return new Metric({
    namespace: `${namespace}/${database}`,
    metricName: 'LoginsRefused',
    statistic: Stats.SUM,
    period: Duration.minutes(1),
    ...options,
  });
}

/** Counts the refused logins of a server, and with a target alarms on the first minute with any: the harm itself. */
export function countRefusedLogins(
  scope: Construct,
  { database, logGroup }: RefusalLog,
  namespace: string,
  target: AlarmTarget | null,
): Alarm[] {
  const metric = loginsRefused(namespace, database);
  new MetricFilter(scope, 'RefusedLogins', {
    logGroup,
    filterPattern: REFUSAL_PATTERN,
    metricNamespace: metric.namespace,
    metricName: metric.metricName,
    metricValue: '1',
  });
  if (target === null) return [];
  const alarm = new Alarm(scope, 'LoginsRefused', {
    alarmDescription:
      `Database ${database}: its log shows logins refused for want of a slot: users are turned away now. First: restart ` +
      'the application that holds the slots (the guard’s last message names it), or end its sessions as the master user. ' +
      'A CONNECTION LIMIT of a role or database is refused with the same error: the log line says which.',
    metric,
    threshold: 1,
    comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    evaluationPeriods: 1,
    treatMissingData: TreatMissingData.NOT_BREACHING,
  });
  return [notify(alarm, target)];
}
