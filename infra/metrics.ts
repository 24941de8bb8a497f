import { Duration } from 'aws-cdk-lib';
import { Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';

/** The namespace of the function's metrics; its role may publish to no other. */
export const NAMESPACE = 'RdsConnectionGuard';

/** The metrics of a database that alarms and the dashboard read. */
export type MetricName =
  | 'ConnectionsUsed'
  | 'ConnectionsUsable'
  | 'ConnectionUtilization'
  | 'SessionsActive'
  | 'SessionsIdle'
  | 'SessionsIdleInTransaction'
  | 'OldestTransactionAge'
  | 'SessionsTerminated'
  | 'ConnectionsRefused'
  | 'CheckSucceeded';

/** A metric of one database, by the minute, its worst value unless `options` says otherwise. */
export function databaseMetric(name: MetricName, database: string, options: MetricOptions = {}): Metric {
  return new Metric({
    namespace: NAMESPACE,
    metricName: name,
    dimensionsMap: { Database: database },
    statistic: Stats.MAXIMUM,
    period: Duration.minutes(1),
    ...options,
  });
}
