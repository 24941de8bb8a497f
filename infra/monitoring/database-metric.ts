import { Duration } from 'aws-cdk-lib';
import { Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import {
  METRIC_DIMENSION,
  METRIC_NAMESPACE,
  type MetricName,
} from '../../lambda/report/metrics/data-points.ts';

/** A metric of one database, by the minute, its worst value unless `options` says otherwise. */
export function databaseMetric(name: MetricName, database: string, options: MetricOptions = {}): Metric {
  return new Metric({
    namespace: METRIC_NAMESPACE,
    metricName: name,
    dimensionsMap: { [METRIC_DIMENSION]: database },
    statistic: Stats.MAXIMUM,
    period: Duration.minutes(1),
    ...options,
  });
}
