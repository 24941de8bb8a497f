import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { GuardFunction } from '../function.ts';
import type { Notifications } from '../notifications.ts';
import { watchRefusals } from '../refusal-logs.ts';
import type { WatchedDatabase } from '../resolve-databases.ts';
import type { Schedules } from '../schedule.ts';
import type { DashboardProps } from './dashboard.ts';
import { createDatabaseAlarms } from './database-alarms.ts';
import { databaseHomes } from './database-homes.ts';
import { createFleetAlarms } from './fleet-alarms.ts';
import { createGuardAlarms } from './guard-alarms.ts';

/** What {@link createSafetyNet} is made from. */
export interface SafetyNetProps {
  readonly guard: GuardFunction;
  readonly notifications: Notifications;
  readonly deadLetters: IQueue;
  readonly databases: readonly WatchedDatabase[];
  readonly schedules: Schedules;
  readonly namespace: string;
  readonly mode: 'each' | 'fleet' | 'none';
  readonly hasFleetAlarms: boolean;
  readonly okActions: boolean;
  readonly logRetention: RetentionDays;
  readonly reserveConcurrency: boolean;
  /** Is told what there is to show. */
  readonly showOn: (shown: Omit<DashboardProps, 'name' | 'namespace' | 'actions' | 'isDiscovering'>) => void;
}

/** The alarms, which CloudWatch raises when the guard cannot, and what is counted for them. */
export function createSafetyNet(scope: Construct, props: SafetyNetProps): Alarm[] {
  const { guard, notifications, deadLetters, databases, namespace, mode } = props;
  const home = new Construct(scope, 'Alarms');
  const target = { topic: notifications.alarms, okActions: props.okActions };
  const homeOf = databaseHomes(home, databases.length);
  const refusals = watchRefusals(scope, {
    databases,
    namespace,
    homeOf,
    schedules: props.schedules,
    logRetention: props.logRetention,
    guard: guard.function,
    reserveConcurrency: props.reserveConcurrency,
    target: mode === 'none' ? null : target,
  });
  const databaseAlarms = mode === 'each' ? createDatabaseAlarms(databases, namespace, homeOf, target) : [];
  const guardAlarms = [
    ...(props.hasFleetAlarms ? createFleetAlarms(home, namespace, target) : []),
    ...createGuardAlarms(home, {
      function: guard.function,
      deadLetters,
      topics: notifications.topics,
      target,
    }),
  ];
  props.showOn({
    databases,
    databaseAlarms,
    guardAlarms,
    refusals,
    function: guard.function,
    logGroup: guard.logGroup,
  });
  return [
    ...databaseAlarms.flatMap((alarms) => Object.values<Alarm>({ ...alarms })),
    ...guardAlarms,
    ...refusals.alarms,
  ];
}
