import { Duration } from 'aws-cdk-lib';
import { Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { METRIC_DIMENSION, type MetricName } from '../../lambda/report/metrics/data-points.ts';
import type { FleetMetricName } from '../../lambda/report/metrics/fleet-counts.ts';

/** A metric of one database, by the minute, its worst value unless `options` says otherwise. */
export function databaseMetric(
  namespace: string,
  name: MetricName,
  database: string,
  options: MetricOptions = {},
): Metric {
  return new Metric({
    namespace,
    metricName: name,
    dimensionsMap: { [METRIC_DIMENSION]: database },
    statistic: Stats.MAXIMUM,
    period: Duration.minutes(1),
    ...options,
  });
}

/** A count of all databases, by the minute: the sum of what each event of the minute counted. */
export function fleetMetric(namespace: string, name: FleetMetricName): Metric {
  return new Metric({ namespace, metricName: name, statistic: Stats.SUM, period: Duration.minutes(1) });
}
