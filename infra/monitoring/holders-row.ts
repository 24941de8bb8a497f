import {
  DashboardVariable,
  DefaultValue,
  GraphWidget,
  type IWidget,
  LogQueryVisualizationType,
  LogQueryWidget,
  Values,
  VariableInputType,
  VariableType,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { METRIC_DIMENSION } from '../../lambda/report/metrics/data-points.ts';
import { databaseMetric } from './database-metric.ts';
import { stackedHolders, usedAgainstThresholds } from './holder-queries.ts';

/** The variable of the dashboard by which the reader chooses a database; links may set it. */
export const DATABASE_VARIABLE = 'database';

/** Stands in queries and metrics for the database that the reader chooses above. */
export const CHOSEN = 'CHOSEN_DATABASE';

/** Stands in queries for the step that the reader chooses above. */
const STEP = 'CHOSEN_STEP';

/** A query gives 10,000 rows: a step for each range that keeps to it with some fifteen holders in each. */
const STEPS = { '1m': 'up to 10 hours', '5m': 'up to 2 days', '1h': 'up to a month' } as const;

/** Lets the reader choose a database: of these names, or of all that send metrics. */
export function databaseVariable(names: readonly string[] | null, namespace: string): DashboardVariable {
  const [first] = names ?? [];
  const sought = `{"${namespace}",${METRIC_DIMENSION}} MetricName="ConnectionsUsed"`;
  return new DashboardVariable({
    id: DATABASE_VARIABLE,
    label: 'Chosen database',
    type: VariableType.PATTERN,
    value: CHOSEN,
    inputType: VariableInputType.SELECT,
    values:
      names === null
        ? Values.fromSearch(sought, METRIC_DIMENSION)
        : Values.fromValues(...names.map((name) => ({ value: name, label: name }))),
    defaultValue: first === undefined ? DefaultValue.FIRST : DefaultValue.value(first),
    visible: true,
  });
}

/** Lets the reader choose how far apart the points of {@link holdersRow} stand. */
export function stepVariable(): DashboardVariable {
  return new DashboardVariable({
    id: 'step',
    label: 'Step of who held the slots',
    type: VariableType.PATTERN,
    value: STEP,
    inputType: VariableInputType.SELECT,
    values: Values.fromValues(
      ...Object.entries(STEPS).map(([value, range]) => ({ value, label: `${value}: ${range}` })),
    ),
    defaultValue: DefaultValue.value('1m'),
    visible: true,
  });
}

/** Who held the slots of the chosen database over the range shown, beside the thresholds and the utilization. */
export function holdersRow({ logGroup, namespace }: { logGroup: ILogGroup; namespace: string }): IWidget[] {
  const chosen = { database: CHOSEN, step: STEP };
  const log = { logGroupNames: [logGroup.logGroupName], height: 8 };
  return [
    new LogQueryWidget({
      ...log,
      title: 'Chosen database: who held the slots',
      queryLines: stackedHolders(chosen),
      view: LogQueryVisualizationType.STACKEDAREA,
      width: 12,
    }),
    new LogQueryWidget({
      ...log,
      title: 'Chosen database: used slots against the thresholds of the time',
      queryLines: usedAgainstThresholds(chosen),
      view: LogQueryVisualizationType.LINE,
      width: 6,
    }),
    new GraphWidget({
      title: 'Chosen database: utilization (%)',
      left: [databaseMetric(namespace, 'ConnectionUtilization', CHOSEN, { label: 'utilization' })],
      leftYAxis: { min: 0 },
      width: 6,
      height: 8,
    }),
  ];
}
