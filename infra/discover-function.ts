import { existsSync } from 'node:fs';
import { ArnFormat, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { type EventPattern, Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  Architecture,
  Code,
  type IFunction,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { CfnScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { type DiscoverSettings, TAG } from '../lambda/discover/settings.ts';
import { DISCOVERY_KEY } from '../lambda/remember/discovered-list.ts';
import { acknowledge, acknowledgeWildcard } from './acknowledge-finding.ts';
import { DISCOVER_DIRECTORY } from './build/package-root.ts';
import { dependOnPolicies } from './depend-on-policies.ts';
import { createScheduleRole } from './schedule.ts';

/** What {@link DiscoverFunction} is made from. */
export interface DiscoverFunctionProps {
  readonly settings: DiscoverSettings;
  /** The function that the schedules invoke. */
  readonly function: IFunction;
  /** The group of what is configured by hand. */
  readonly byHand: CfnScheduleGroup;
  readonly deadLetters: IQueue;
  readonly table: Table;
  readonly topic: ITopic;
  /** With which the topic may be encrypted. */
  readonly keys: readonly IKey[];
  readonly logRetention: RetentionDays;
  readonly reserveConcurrency: boolean;
}

/**
 * What may change which databases there are. RDS sends its events as best it can, so the clock stands behind them; after
 * a deployment the profiles may be others.
 *
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-cloudwatch-events.sample.html
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_Events.Messages.html for the categories: "creation"
 * (0005, 0170), "restoration" (0019), "deletion" (0003, 0171), and "notification" for a cluster that is renamed (0172) or
 * whose topology changed (0385)
 * @see https://docs.aws.amazon.com/tag-editor/latest/userguide/tag-monitor.html
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/event-detail-stack-status-change.html
 */
function occasions(stackId: string): Readonly<Record<string, EventPattern>> {
  return {
    Servers: {
      source: ['aws.rds'],
      detailType: ['RDS DB Instance Event', 'RDS DB Cluster Event'],
      detail: {
        EventCategories: [
          ...['creation', 'restoration', 'deletion', 'failover', 'configuration change', 'availability'],
          'notification',
        ],
      },
    },
    Tags: {
      source: ['aws.tag'],
      detailType: ['Tag Change on Resource'],
      detail: { service: ['rds'], 'changed-tag-keys': [{ prefix: TAG }] },
    },
    Deployment: {
      source: ['aws.cloudformation'],
      detailType: ['CloudFormation Stack Status Change'],
      detail: {
        'stack-id': [stackId],
        'status-details': { status: ['CREATE_COMPLETE', 'UPDATE_COMPLETE', 'UPDATE_ROLLBACK_COMPLETE'] },
      },
    },
  };
}

/**
 * A function outside the VPC that looks for tagged databases each five minutes, and when RDS says that something
 * changed, and writes the schedules of a group of its own.
 */
export class DiscoverFunction extends Construct {
  constructor(scope: Construct, id: string, props: DiscoverFunctionProps) {
    super(scope, id);
    if (!existsSync(DISCOVER_DIRECTORY))
      throw new Error(`the function is not built: run "npm run build" (looked for ${DISCOVER_DIRECTORY})`);
    // Its schedules are not in the template; they go with it.
    const group = new CfnScheduleGroup(this, 'Group');
    const scheduleRole = createScheduleRole(new Construct(this, 'Schedules'), group, props);
    const role = this.createRole(props, group, scheduleRole);
    const discoverer = new LambdaFunction(this, 'Function', {
      description: 'Looks for tagged databases, and has the guard watch them',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: 256,
      timeout: Duration.seconds(120),
      code: Code.fromAsset(DISCOVER_DIRECTORY),
      handler: 'index.handler',
      role,
      environment: {
        GUARD_DISCOVER: JSON.stringify(props.settings),
        GUARD_DISCOVERED_GROUP: group.ref,
        GUARD_SCHEDULE_GROUP: props.byHand.ref,
        GUARD_FUNCTION_ARN: props.function.functionArn,
        GUARD_SCHEDULE_ROLE_ARN: scheduleRole.roleArn,
        GUARD_DEAD_LETTERS_ARN: props.deadLetters.queueArn,
        GUARD_TABLE_NAME: props.table.tableName,
        GUARD_WARNING_TOPIC_ARN: props.topic.topicArn,
      },
      logGroup: this.createLog(role, props.logRetention),
      loggingFormat: LoggingFormat.JSON,
      retryAttempts: 2,
      maxEventAge: Duration.minutes(10),
      deadLetterQueue: props.deadLetters,
      ...(props.reserveConcurrency && { reservedConcurrentExecutions: 1 }),
    });
    dependOnPolicies(discoverer, role);
    const target = new LambdaTarget(discoverer, {
      deadLetterQueue: props.deadLetters,
      maxEventAge: Duration.minutes(5),
    });
    new Rule(this, 'Clock', {
      description: 'rds-connection-guard: look for tagged databases',
      schedule: Schedule.rate(Duration.minutes(5)),
      targets: [target],
    });
    for (const [occasion, eventPattern] of Object.entries(occasions(Stack.of(this).stackId)))
      new Rule(this, occasion, {
        description: 'rds-connection-guard: look for tagged databases now',
        eventPattern,
        targets: [target],
      });
    acknowledge(
      discoverer,
      'Serverless-LambdaTracing',
      'a few calls to AWS, one after the other, each in its log',
    );
    acknowledge(
      discoverer,
      'Serverless-LambdaAsyncFailureDestination',
      'failed events go to the dead-letter queue, which an alarm watches',
    );
  }

  private createLog(role: Role, retention: RetentionDays): LogGroup {
    const logGroup = new LogGroup(this, 'Logs', { retention, removalPolicy: RemovalPolicy.DESTROY });
    logGroup.grantWrite(role);
    return logGroup;
  }

  private createRole(props: DiscoverFunctionProps, group: CfnScheduleGroup, scheduleRole: Role): Role {
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: 'rds-connection-guard: describe databases, write the schedules of those that are tagged',
    });
    const allow = (actions: string[], resources: string[], conditions: Record<string, object> = {}) =>
      role.addToPolicy(new PolicyStatement({ actions, resources, conditions }));
    const write = ['scheduler:CreateSchedule', 'scheduler:UpdateSchedule', 'scheduler:DeleteSchedule'];
    const [own, byHand] = [this.schedulesOf(group.ref), this.schedulesOf(props.byHand.ref)];
    const all = this.schedulesOf('*');
    allow(['rds:DescribeDBInstances', 'rds:DescribeDBClusters'], ['*']);
    allow(['scheduler:GetSchedule', ...write], [own]);
    allow(['scheduler:GetSchedule'], [byHand]);
    // It answers with names alone, and AWS asks for the right to it on all schedules, whatever the group.
    allow(['scheduler:ListSchedules'], [all]);
    allow(['iam:PassRole'], [scheduleRole.roleArn], {
      StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' },
    });
    allow(['dynamodb:UpdateItem'], [props.table.tableArn], {
      'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [DISCOVERY_KEY] },
    });
    allow(['sns:Publish'], [props.topic.topicArn]);
    if (props.keys.length > 0)
      allow(['kms:Decrypt', 'kms:GenerateDataKey'], [...new Set(props.keys.map(({ keyArn }) => keyArn))]);
    acknowledge(
      role,
      'AwsSolutions-IAM5[Resource::*]',
      'a description of all databases names none, so RDS takes no resource for it; it tells their endpoints and tags',
    );
    for (const schedules of [own, byHand, all])
      acknowledgeWildcard(
        role,
        schedules,
        'the schedules of one group: those of discovery to be written, the others to be read only; of all, the names',
      );
    return role;
  }

  private schedulesOf(group: string): string {
    return Stack.of(this).formatArn({
      service: 'scheduler',
      resource: 'schedule',
      resourceName: `${group}/*`,
      arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    });
  }
}
