import { Duration } from 'aws-cdk-lib';
import {
  ComparisonOperator,
  type IMetric,
  MathExpression,
  type MathExpressionProps,
} from 'aws-cdk-lib/aws-cloudwatch';
import { parseThreshold, type Threshold } from '../../lambda/config/threshold.ts';
import { databaseMetric } from './database-metric.ts';

/** A threshold in the form that people gave it, as the condition of an alarm. */
export interface Crossing {
  readonly metric: IMetric;
  readonly threshold: number;
  readonly comparisonOperator: ComparisonOperator;
  /** What has happened then, for a sentence. */
  readonly words: string;
}

/** The usable slots, from metrics that are sent in every case: `ConnectionsUsable` is none of the essential ones. */
const USABLE = '100 * used / share';

function usedAndShare(namespace: string, database: string) {
  return {
    used: databaseMetric(namespace, 'ConnectionsUsed', database),
    share: databaseMetric(namespace, 'ConnectionUtilization', database),
  };
}

/** The usable slots as a line of a graph. */
export function usableSlots(
  namespace: string,
  database: string,
  options: Pick<MathExpressionProps, 'label' | 'color'> = {},
): MathExpression {
  return new MathExpression({
    expression: USABLE,
    usingMetrics: usedAndShare(namespace, database),
    period: Duration.minutes(1),
    ...options,
  });
}

/** When a threshold is reached. */
export function crossing(namespace: string, database: string, threshold: Threshold): Crossing {
  const { kind, value } = parseThreshold(threshold);
  const used = databaseMetric(namespace, 'ConnectionsUsed', database);
  const reached = {
    threshold: value,
    comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
  };
  switch (kind) {
    case 'slots':
      return { ...reached, metric: used, words: `${value} or more slots used` };
    case 'percent':
      return {
        ...reached,
        metric: databaseMetric(namespace, 'ConnectionUtilization', database),
        words: `${value}% or more of the usable slots used`,
      };
    case 'left':
      return {
        metric: new MathExpression({
          label: 'Slots left',
          expression: `${USABLE} - used`,
          usingMetrics: usedAndShare(namespace, database),
          period: Duration.minutes(1),
        }),
        threshold: value,
        comparisonOperator: ComparisonOperator.LESS_THAN_OR_EQUAL_TO_THRESHOLD,
        words: `${value} or fewer slots left`,
      };
  }
}

/** Metric math for the used slots at which a threshold is reached, given `usable`. */
export function slotsAt(threshold: Threshold): string {
  const { kind, value } = parseThreshold(threshold);
  switch (kind) {
    case 'slots':
      return `usable * 0 + ${value}`;
    case 'percent':
      return `usable * ${value} / 100`;
    case 'left':
      return `usable - ${value}`;
  }
}
