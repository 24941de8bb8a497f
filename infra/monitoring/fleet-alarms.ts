import { Alarm, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { FleetMetricName } from '../../lambda/report/metrics/fleet-counts.ts';
import { type AlarmTarget, notify } from './alarm-target.ts';
import { fleetMetric } from './database-metric.ts';

interface Rule {
  readonly id: string;
  readonly metric: FleetMetricName;
  /** Minutes out of five that make an alarm. */
  readonly minutes: number;
  readonly missing: TreatMissingData;
  readonly description: string;
}

const WHICH = 'First: the newest "check.done" lines of the guard’s log, or its dashboard, say which.';

const RULES: readonly Rule[] = [
  {
    id: 'Unreachable',
    metric: 'DatabasesUnreachable',
    minutes: 5,
    // No count at all: the guard itself does not run.
    missing: TreatMissingData.BREACHING,
    description: `a database has not been checked for 5 minutes, or the guard does not run. ${WHICH}`,
  },
  {
    id: 'Critical',
    metric: 'DatabasesCritical',
    minutes: 3,
    missing: TreatMissingData.IGNORE,
    description: `a database is critical by its threshold: new logins are about to be refused. ${WHICH}`,
  },
  {
    id: 'Full',
    metric: 'DatabasesFull',
    minutes: 3,
    missing: TreatMissingData.IGNORE,
    description: `a database is full: its applications are refused. ${WHICH}`,
  },
];

/** Three alarms for any number of databases, on the guard's own counts, in place of three for each. */
export function createFleetAlarms(scope: Construct, namespace: string, target: AlarmTarget): Alarm[] {
  const home = new Construct(scope, 'Fleet');
  return RULES.map(({ id, metric, minutes, missing, description }) =>
    notify(
      new Alarm(home, id, {
        alarmDescription: `rds-connection-guard: ${description}`,
        metric: fleetMetric(namespace, metric),
        threshold: 1,
        comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        evaluationPeriods: 5,
        datapointsToAlarm: minutes,
        treatMissingData: missing,
      }),
      target,
    ),
  );
}
