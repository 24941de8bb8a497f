import { Duration, Names } from 'aws-cdk-lib';
import {
  type Alarm,
  AlarmStatusWidget,
  Dashboard as CloudWatchDashboard,
  Color,
  GraphWidget,
  type IMetric,
  type IWidget,
  LogQueryVisualizationType,
  LogQueryWidget,
  MathExpression,
  Stats,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { Threshold } from '../../lambda/config/threshold.ts';
import { METRIC_DIMENSION, type MetricName } from '../../lambda/report/metrics/data-points.ts';
import type { Refusals } from '../refusal-logs.ts';
import type { WatchedDatabase } from '../resolve-databases.ts';
import { actionsWidget } from './actions-widget.ts';
import type { DatabaseAlarms } from './database-alarms.ts';
import { databaseMetric } from './database-metric.ts';
import { CHOSEN, databaseVariable, holdersRow, stepVariable } from './holders-row.ts';
import { QUERIES } from './log-queries.ts';
import { loginsRefused } from './refused-logins.ts';
import { slotsAt, usableSlots } from './threshold-metric.ts';

/** One alarm widget shows at most this many alarms (CloudWatch API, "Dashboard body structure"). */
const ALARMS_SHOWN = 100;

/** Databases with a graph of their own; a dashboard takes 500 widgets and 2500 metrics, a reader far fewer. */
const GRAPHS_SHOWN = 100;

const MINUTE = Duration.minutes(1);

const RUNBOOK = `## When slots run out
1. **Who holds them?** The guard's last message names the holders; \`application_name\`, role and client address lead to the program.
2. **Stop the leak there**: restart or scale in that program. Ending sessions (reclaim) buys minutes, no more.
3. **Idle in transaction?** The oldest transaction's owner first: it also holds locks and keeps vacuum from working.
4. **No data?** Look at the alarms above: *Silent* means that the database is not sampled, not that all is well.
5. Afterwards: a smaller pool, a pooler, or \`idle_session_timeout\` for the role in question.`;

/** What {@link createDashboard} shows. */
export interface DashboardProps {
  readonly name: string;
  /** Of the metrics. */
  readonly namespace: string;
  readonly databases: readonly WatchedDatabase[];
  /** Of each database, in their order; none with alarms for the fleet. */
  readonly databaseAlarms: readonly DatabaseAlarms[];
  /** Of the guard itself and of the fleet. */
  readonly guardAlarms: readonly Alarm[];
  readonly function: IFunction;
  /** Which people act through; undefined where there is none. */
  readonly actions?: IFunction | undefined;
  readonly logGroup: ILogGroup;
  readonly refusals: Refusals;
  /** Databases come and go without a deployment. */
  readonly isDiscovering: boolean;
}

/** A name that is known before the dashboard is made: the function's messages link to it, and it shows the function. */
export function dashboardName(scope: Construct): string {
  return Names.uniqueResourceName(scope, { maxLength: 100, separator: '-', allowedSpecialCharacters: '-_' });
}

/** One dashboard for the fleet: all databases above, one chosen database in detail, the guard's health and a runbook. */
export function createDashboard(scope: Construct, props: DashboardProps): void {
  const { databases } = props;
  const dashboard = new CloudWatchDashboard(scope, 'Dashboard', {
    dashboardName: props.name,
    defaultInterval: Duration.hours(3),
  });
  dashboard.addVariable(
    databaseVariable(props.isDiscovering ? null : databases.map(({ name }) => name), props.namespace),
  );
  dashboard.addVariable(stepVariable());
  dashboard.addWidgets(...statusRow(props));
  dashboard.addWidgets(
    graph(
      'Utilisation of usable slots, all databases (%)',
      [fleet(props.namespace, 'ConnectionUtilization', Stats.MAXIMUM)],
      12,
    ),
    graph('Logins refused: the guard’s own, and those of all clients', refused(props), 12),
  );
  dashboard.addWidgets(...detailRow(props.namespace));
  dashboard.addWidgets(...holdersRow(props));
  if (props.actions) dashboard.addWidgets(actionsWidget(props.actions));
  for (let start = 0; start < Math.min(databases.length, GRAPHS_SHOWN); start += 4)
    dashboard.addWidgets(
      ...databases
        .slice(start, Math.min(start + 4, GRAPHS_SHOWN))
        .map((database) => againstThresholds(props.namespace, database)),
    );
  dashboard.addWidgets(...healthRow(props));
}

function statusRow({ databaseAlarms, guardAlarms, refusals }: DashboardProps): IWidget[] {
  const alarms = [
    ...guardAlarms,
    ...refusals.alarms,
    ...databaseAlarms.flatMap(({ full, critical, silent }) => [full, critical, silent]),
  ];
  const shown = alarms.slice(0, ALARMS_SHOWN);
  const title = shown.length < alarms.length ? `Alarms (${shown.length} of ${alarms.length})` : 'Alarms';
  return [
    new AlarmStatusWidget({ title, alarms: shown, width: 12, height: 7 }),
    new TextWidget({ markdown: RUNBOOK, width: 12, height: 7 }),
  ];
}

/** The guard's own refusals of every database, and what the logs of servers show, as far as they are given. */
function refused({ refusals, namespace }: DashboardProps): IMetric[] {
  return [
    fleet(namespace, 'ConnectionsRefused', Stats.SUM),
    ...refusals.databases
      .slice(0, GRAPHS_SHOWN)
      .map((name) => loginsRefused(namespace, name, { label: `all clients of ${name}` })),
  ];
}

function detailRow(namespace: string): IWidget[] {
  const metric = (name: MetricName, label: string, statistic?: string) =>
    databaseMetric(namespace, name, CHOSEN, { label, ...(statistic && { statistic }) });
  const states = [
    metric('SessionsActive', 'active'),
    metric('SessionsIdle', 'idle'),
    metric('SessionsIdleInTransaction', 'idle in transaction'),
  ];
  return [
    new GraphWidget({
      title: 'Chosen database: slots by state',
      left: states,
      right: [metric('ConnectionsUsable', 'usable')],
      leftYAxis: { min: 0 },
      rightYAxis: { min: 0 },
      stacked: true,
      width: 8,
    }),
    graph('Chosen database: oldest transaction (s)', [metric('OldestTransactionAge', 'age')], 8),
    graph(
      'Chosen database: sessions ended, logins refused',
      [metric('SessionsTerminated', 'ended', Stats.SUM), metric('ConnectionsRefused', 'refused', Stats.SUM)],
      8,
    ),
  ];
}

/** Used slots against both thresholds and the end, all in slots, so that each form of threshold has its line. */
function againstThresholds(namespace: string, { name, settings }: WatchedDatabase): IWidget {
  const usable = usableSlots(namespace, name, { label: 'usable', color: Color.GREY });
  const line = (label: string, threshold: Threshold, color: string) =>
    new MathExpression({
      expression: slotsAt(threshold),
      usingMetrics: { usable },
      label,
      color,
      period: MINUTE,
    });
  return graph(
    name,
    [
      databaseMetric(namespace, 'ConnectionsUsed', name, { label: 'used', color: Color.BLUE }),
      line('warning', settings.thresholds.warning, Color.ORANGE),
      line('critical', settings.thresholds.critical, Color.RED),
      usable,
    ],
    6,
  );
}

function healthRow({ function: fn, logGroup }: DashboardProps): IWidget[] {
  const sum = { statistic: Stats.SUM, period: MINUTE };
  return [
    graph(
      'Guard: runs, errors, throttles',
      [fn.metricInvocations(sum), fn.metricErrors(sum), fn.metricThrottles(sum)],
      8,
    ),
    graph('Guard: duration (ms)', [fn.metricDuration({ statistic: Stats.MAXIMUM, period: MINUTE })], 8),
    new LogQueryWidget({
      title: 'Guard: failures by class',
      logGroupNames: [logGroup.logGroupName],
      queryLines: [...QUERIES['failures by class']],
      view: LogQueryVisualizationType.TABLE,
      width: 8,
    }),
  ];
}

function graph(title: string, left: IMetric[], width: number): IWidget {
  return new GraphWidget({ title, left, leftYAxis: { min: 0 }, width, liveData: true });
}

/** A metric of every database, whichever they are (at most 500 lines, CloudWatch user guide, "Using search expressions"). */
function fleet(namespace: string, name: MetricName, statistic: string): IMetric {
  return new MathExpression({
    expression: `SEARCH('{"${namespace}",${METRIC_DIMENSION}} MetricName="${name}"', '${statistic}', 60)`,
    usingMetrics: {},
    label: '',
    period: MINUTE,
  });
}
