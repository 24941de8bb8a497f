import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { Threshold } from '../../lambda/config/database.ts';
import type { WatchedDatabase } from '../resolve-databases.ts';
import type { DatabaseHomes } from './database-homes.ts';
import { databaseMetric } from './database-metric.ts';

/** The alarms of one database. */
export interface DatabaseAlarms {
  readonly silent: Alarm;
  readonly critical: Alarm;
  readonly full: Alarm;
}

/**
 * Creates the safety net of each database, in the order given.
 *
 * One Metrics Insights alarm (GROUP BY Database) for the whole fleet would be a single resource, but it has one
 * threshold where each database has its own, and a metric that stops coming drops out of the query's result: just what
 * a dead man's switch must not do. It is billed by the metric all the same.
 */
export function createDatabaseAlarms(
  databases: readonly WatchedDatabase[],
  homeOf: DatabaseHomes,
  topic: ITopic,
): DatabaseAlarms[] {
  return databases.map((database) => {
    const own = homeOf(database.name);
    const alarms = {
      silent: silent(own, database),
      critical: critical(own, database),
      full: full(own, database),
    };
    for (const alarm of Object.values(alarms)) notify(alarm, topic);
    return alarms;
  });
}

/** Tells the topic of the alarm and of its end. */
export function notify(alarm: Alarm, topic: ITopic): void {
  alarm.addAlarmAction(new SnsAction(topic));
  alarm.addOkAction(new SnsAction(topic));
}

function silent(scope: Construct, { name }: WatchedDatabase): Alarm {
  return new Alarm(scope, 'Silent', {
    alarmDescription:
      `Database ${name}: no successful check for 5 minutes. It is down, cannot be reached, does not let the guard in, or the ` +
      'guard itself does not run. First: can anybody log in to it? Then read the last "check" lines of the guard’s log: ' +
      'they name the failure and its class. No line at all: look at the alarms of the function and its schedule.',
    metric: databaseMetric('CheckSucceeded', name),
    comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
    threshold: 1,
    evaluationPeriods: 5,
    treatMissingData: TreatMissingData.BREACHING,
  });
}

function critical(scope: Construct, { name, settings }: WatchedDatabase): Alarm {
  const { metric, threshold, comparisonOperator, words } = crossing(name, settings.thresholds.critical);
  return new Alarm(scope, 'Critical', {
    alarmDescription:
      `Database ${name}: ${words} for 3 of 5 minutes, critical by its threshold. New logins are about to be refused. ` +
      'First: see who holds the slots in the guard’s message of the same minutes, and stop or restart the application ' +
      'that leaks. No message came? Then the guard cannot notify: look at its log and its alarms.',
    metric,
    threshold,
    comparisonOperator,
    evaluationPeriods: 5,
    datapointsToAlarm: 3,
    // A database that cannot be seen is the other alarm's affair: one fault, one alarm.
    treatMissingData: TreatMissingData.IGNORE,
  });
}

/** A server that refuses the guard shows no utilisation, so the alarm above cannot see it. */
function full(scope: Construct, { name }: WatchedDatabase): Alarm {
  return new Alarm(scope, 'Full', {
    alarmDescription:
      `Database ${name}: the server refused the guard’s login for want of a slot in 3 of 5 minutes; applications are ` +
      'refused as well. First: restart the application that holds the slots (the guard’s last message names it), or end ' +
      'its sessions as the master user, who has reserved slots. No message came? Look at the guard’s log and its alarms.',
    metric: databaseMetric('ConnectionsRefused', name),
    threshold: 1,
    comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    evaluationPeriods: 5,
    datapointsToAlarm: 3,
    treatMissingData: TreatMissingData.IGNORE,
  });
}

interface Crossing {
  readonly metric: IMetric;
  readonly threshold: number;
  readonly comparisonOperator: ComparisonOperator;
  readonly words: string;
}

/** The threshold in the form that people gave it, as the condition of an alarm. */
function crossing(database: string, threshold: Threshold): Crossing {
  const above = ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD;
  if (typeof threshold === 'number')
    return {
      metric: databaseMetric('ConnectionsUsed', database),
      threshold,
      comparisonOperator: above,
      words: `${threshold} or more slots used`,
    };
  const value = Number.parseFloat(threshold);
  if (threshold.endsWith('%'))
    return {
      metric: databaseMetric('ConnectionUtilization', database),
      threshold: value,
      comparisonOperator: above,
      words: `${threshold} or more of the usable slots used`,
    };
  return {
    metric: new MathExpression({
      label: 'Slots left',
      expression: 'usable - used',
      usingMetrics: {
        usable: databaseMetric('ConnectionsUsable', database),
        used: databaseMetric('ConnectionsUsed', database),
      },
      period: Duration.minutes(1),
    }),
    threshold: value,
    comparisonOperator: ComparisonOperator.LESS_THAN_OR_EQUAL_TO_THRESHOLD,
    words: `${value} or fewer slots left`,
  };
}
