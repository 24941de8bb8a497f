import { Alarm, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import type { WatchedDatabase } from '../resolve-databases.ts';
import { type AlarmTarget, notify } from './alarm-target.ts';
import type { DatabaseHomes } from './database-homes.ts';
import { databaseMetric } from './database-metric.ts';
import { crossing } from './threshold-metric.ts';

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
  namespace: string,
  homeOf: DatabaseHomes,
  target: AlarmTarget,
): DatabaseAlarms[] {
  return databases.map((database) => {
    const own = homeOf(database.name);
    return {
      silent: notify(silent(own, namespace, database), target),
      critical: notify(critical(own, namespace, database), target),
      full: notify(full(own, namespace, database), target),
    };
  });
}

function silent(scope: Construct, namespace: string, { name }: WatchedDatabase): Alarm {
  return new Alarm(scope, 'Silent', {
    alarmDescription:
      `Database ${name}: no successful check for 5 minutes. It is down, cannot be reached, does not let the guard in, or the ` +
      'guard itself does not run. First: can anybody log in to it? Then read the last "check" lines of the guard’s log: ' +
      'they name the failure and its class. No line at all: look at the alarms of the function and its schedule.',
    metric: databaseMetric(namespace, 'CheckSucceeded', name),
    comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
    threshold: 1,
    evaluationPeriods: 5,
    treatMissingData: TreatMissingData.BREACHING,
  });
}

function critical(scope: Construct, namespace: string, { name, settings }: WatchedDatabase): Alarm {
  const { metric, threshold, comparisonOperator, words } = crossing(
    namespace,
    name,
    settings.thresholds.critical,
  );
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
function full(scope: Construct, namespace: string, { name }: WatchedDatabase): Alarm {
  return new Alarm(scope, 'Full', {
    alarmDescription:
      `Database ${name}: the server refused the guard’s login for want of a slot in 3 of 5 minutes; applications are ` +
      'refused as well. First: restart the application that holds the slots (the guard’s last message names it), or end ' +
      'its sessions as the master user, who has reserved slots. No message came? Look at the guard’s log and its alarms.',
    metric: databaseMetric(namespace, 'ConnectionsRefused', name),
    threshold: 1,
    comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    evaluationPeriods: 5,
    datapointsToAlarm: 3,
    // Refusals are sent when there are any.
    treatMissingData: TreatMissingData.NOT_BREACHING,
  });
}
