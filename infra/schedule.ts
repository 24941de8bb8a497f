import { Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import {
  Schedule,
  ScheduleExpression,
  ScheduleGroup,
  ScheduleTargetInput,
  TimeWindow,
} from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { ConfigurationError } from '../lambda/schema.ts';
import type { WatchedDatabase } from './watched.ts';

/** The most that a schedule hands to its target, in bytes (EventBridge Scheduler user guide, "Quotas": 256 KB). */
const MAX_INPUT_BYTES = 256 * 1024;

/** What {@link Schedules} is made from. */
export interface SchedulesProps {
  readonly function: IFunction;
  readonly deadLetters: IQueue;
  readonly databases: readonly WatchedDatabase[];
  readonly databasesPerRun: number;
}

/** How many runs a minute a fleet takes. */
export function runsPerMinute(databases: number, databasesPerRun: number): number {
  return Math.ceil(databases / databasesPerRun);
}

/** Every minute, one event for each `databasesPerRun` databases: the event carries the work. */
export class Schedules extends Construct {
  constructor(scope: Construct, id: string, props: SchedulesProps) {
    super(scope, id);
    const group = new ScheduleGroup(this, 'Group');
    const role = new Role(this, 'Role', {
      description: 'rds-connection-guard: invoke the function every minute',
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: {
          StringEquals: {
            'aws:SourceAccount': Stack.of(this).account,
            'aws:SourceArn': group.scheduleGroupArn,
          },
        },
      }),
    });
    role.addToPolicy(
      new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [props.function.functionArn] }),
    );
    role.addToPolicy(
      new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [props.deadLetters.queueArn] }),
    );
    const { databases, databasesPerRun } = props;
    for (let start = 0; start < databases.length; start += databasesPerRun) {
      const event = { databases: databases.slice(start, start + databasesPerRun).map(({ entry }) => entry) };
      assertFits(event, start);
      const schedule = new Schedule(this, `Run${start / databasesPerRun + 1}`, {
        schedule: ScheduleExpression.rate(Duration.minutes(1)),
        scheduleGroup: group,
        timeWindow: TimeWindow.off(),
        description: `rds-connection-guard: databases ${start + 1} to ${start + event.databases.length}`,
        target: new LambdaInvoke(props.function, {
          // Ours as it is: the target would also allow every version of the function.
          role: role.withoutPolicyUpdates(),
          deadLetterQueue: props.deadLetters,
          input: ScheduleTargetInput.fromObject(event),
          retryAttempts: 0,
          maxEventAge: Duration.seconds(60),
        }),
      });
      // Without it the first minutes after a deployment may find a role that may not do anything yet.
      schedule.node.addDependency(role);
    }
  }
}

function assertFits(event: { readonly databases: readonly object[] }, start: number): void {
  const bytes = Buffer.byteLength(JSON.stringify(event));
  if (bytes <= MAX_INPUT_BYTES) return;
  throw new ConfigurationError('ConnectionGuard', [
    {
      path: 'databasesPerRun',
      found: `${event.databases.length} databases from databases[${start}] that make an event of ${bytes} bytes`,
      allowed: `fewer, so that an event has at most ${MAX_INPUT_BYTES} bytes`,
    },
  ]);
}
