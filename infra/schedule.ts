import { Stack, Token, Tokenization } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnSchedule, CfnScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { ConfigurationError } from '../lambda/config/validation.ts';
import { dependOnPolicies } from './depend-on-policies.ts';
import type { WatchedDatabase } from './resolve-databases.ts';

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

/** One event for each `databasesPerRun` databases; may hold tokens. */
export function eventsOf(
  databases: readonly WatchedDatabase[],
  databasesPerRun: number,
): { readonly databases: readonly WatchedDatabase['entry'][] }[] {
  return Array.from({ length: runsPerMinute(databases.length, databasesPerRun) }, (_, index) => ({
    databases: databases
      .slice(index * databasesPerRun, (index + 1) * databasesPerRun)
      .map(({ entry }) => entry),
  }));
}

/** Every minute, one event for each `databasesPerRun` databases: the event carries the work. */
export class Schedules extends Construct {
  readonly group: CfnScheduleGroup;
  private readonly byDatabase = new Map<string, CfnSchedule>();

  constructor(scope: Construct, id: string, props: SchedulesProps) {
    super(scope, id);
    // CDK's own ScheduleGroup is retained under a fixed name: the stack could not be destroyed and deployed again.
    this.group = new CfnScheduleGroup(this, 'Group');
    const { group } = this;
    const role = createScheduleRole(this, group, props);
    const { databases, databasesPerRun } = props;
    for (const [index, event] of eventsOf(databases, databasesPerRun).entries()) {
      const start = index * databasesPerRun;
      const input = inputOf(event);
      assertFits(input, event.databases.length, start);
      const schedule = new CfnSchedule(this, `Run${index + 1}`, {
        description: `rds-connection-guard: databases ${start + 1} to ${start + event.databases.length}`,
        groupName: group.ref,
        scheduleExpression: 'rate(1 minute)',
        flexibleTimeWindow: { mode: 'OFF' },
        state: 'ENABLED',
        target: {
          arn: props.function.functionArn,
          roleArn: role.roleArn,
          input,
          // A late sample is worth nothing: the next minute brings another.
          retryPolicy: { maximumRetryAttempts: 0, maximumEventAgeInSeconds: 60 },
          deadLetterConfig: { arn: props.deadLetters.queueArn },
        },
      });
      dependOnPolicies(schedule, role);
      for (const { name } of databases.slice(start, start + databasesPerRun))
        this.byDatabase.set(name, schedule);
    }
  }

  /** The schedule whose event holds a database. */
  of(database: string): CfnSchedule {
    const schedule = this.byDatabase.get(database);
    if (schedule === undefined) throw new Error(`no schedule has the database ${database}`);
    return schedule;
  }
}

/** The role with which the schedules of a group, and none else, invoke the function. */
export function createScheduleRole(
  scope: Construct,
  group: CfnScheduleGroup,
  props: Pick<SchedulesProps, 'function' | 'deadLetters'>,
): Role {
  const role = new Role(scope, 'Role', {
    description: 'rds-connection-guard: invoke the function every minute',
    assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
      conditions: {
        StringEquals: { 'aws:SourceAccount': Stack.of(scope).account, 'aws:SourceArn': group.attrArn },
      },
    }),
  });
  role.addToPolicy(
    new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [props.function.functionArn] }),
  );
  role.addToPolicy(
    new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [props.deadLetters.queueArn] }),
  );
  return role;
}

/** Stands, in quotes, around a number that CloudFormation fills in; no name, host or ARN holds it. */
const MARK = '@number@';

/**
 * The event as JSON text. CloudFormation fills in what it alone knows (hosts, ARNs, ports); `Stack.toJsonString` would
 * put a port into quotes, and the function takes numbers only.
 */
function inputOf(event: object): string {
  const text = JSON.stringify(event, (_key, value: unknown) => {
    if (typeof value !== 'number' || !Token.isUnresolved(value)) return value;
    return `${MARK}${Token.asString(Tokenization.reverse(value))}${MARK}`;
  });
  return text.replaceAll(`"${MARK}`, '').replaceAll(`${MARK}"`, '');
}

function assertFits(input: string, databases: number, start: number): void {
  const bytes = Buffer.byteLength(input);
  if (bytes <= MAX_INPUT_BYTES) return;
  throw new ConfigurationError('ConnectionGuard', [
    {
      path: 'databasesPerRun',
      found: `${databases} databases from databases[${start}] that make an event of ${bytes} bytes`,
      allowed: `fewer, so that an event has at most ${MAX_INPUT_BYTES} bytes`,
    },
  ]);
}
