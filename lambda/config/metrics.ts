/** The CloudWatch namespace of every metric unless another is set; the function's IAM policy names it. */
export const METRIC_NAMESPACE = 'RdsConnectionGuard';

/**
 * `all` metrics of a database, or the `essential` ones: used, utilization and whether the check succeeded, with
 * refusals and ended sessions when there are any.
 */
export const METRIC_SETS = ['all', 'essential'] as const;

/** One of {@link METRIC_SETS}. */
export type MetricSet = (typeof METRIC_SETS)[number];
