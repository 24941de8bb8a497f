import { Duration, Stack } from 'aws-cdk-lib';
import { type ISecurityGroup, type IVpc, type SubnetSelection, SubnetType } from 'aws-cdk-lib/aws-ec2';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { MAX_DATABASES_PER_EVENT } from '../lambda/config/database.ts';
import { METRIC_NAMESPACE } from '../lambda/report/metrics/data-points.ts';
import { acknowledge } from './acknowledge-finding.ts';
import type { GuardedDatabase } from './database-props.ts';
import { GuardFunction } from './function.ts';
import { grantLogins } from './login-policies.ts';
import { createStateTable } from './memory-table.ts';
import { createDashboard, dashboardName } from './monitoring/dashboard.ts';
import { createDatabaseAlarms } from './monitoring/database-alarms.ts';
import { type DatabaseHomes, databaseHomes } from './monitoring/database-homes.ts';
import { createGuardAlarms } from './monitoring/guard-alarms.ts';
import { saveQueries } from './monitoring/log-queries.ts';
import { type GuardEndpoint, Network } from './network.ts';
import { Notifications, type SlackChannel } from './notifications.ts';
import { createOutputs } from './outputs.ts';
import { type Refusals, watchRefusals } from './refusal-logs.ts';
import { type WatchedDatabase, watch } from './resolve-databases.ts';
import { runsPerMinute, Schedules } from './schedule.ts';

/** What a {@link ConnectionGuard} is made from. */
export interface ConnectionGuardProps {
  /** The servers to watch: 1 to 500. */
  readonly databases: readonly GuardedDatabase[];
  /** The VPC from which they can be reached. */
  readonly vpc: IVpc;
  /**
   * Where the function runs. Give one subnet for each availability zone when endpoints are created.
   *
   * @default - the private subnets with a way out
   */
  readonly vpcSubnets?: SubnetSelection;
  /**
   * VPC endpoints to create: `monitoring`, `sns`, `secretsmanager` (each billed by the hour for each subnet) and
   * `dynamodb` (free). The function reaches AWS through them, or through a NAT gateway that exists already.
   *
   * @default - none
   */
  readonly endpoints?: readonly GuardEndpoint[];
  /**
   * Addresses to subscribe to the created topics; each has to confirm, once for each topic.
   *
   * @default - none
   */
  readonly emails?: readonly string[];
  /**
   * A Slack channel to notify through Amazon Q Developer in chat applications.
   *
   * @default - none
   */
  readonly slack?: SlackChannel;
  /**
   * Where messages of level warning go.
   *
   * @default - a created topic, encrypted with a created key
   */
  readonly warningTopic?: ITopic;
  /**
   * Where messages of level critical and full go.
   *
   * @default - the created topic of the warnings
   */
  readonly criticalTopic?: ITopic;
  /**
   * Where CloudWatch alarms go, the safety net. A topic given here has to let `cloudwatch.amazonaws.com` publish, and
   * its key has to let it encrypt.
   *
   * @default - another created topic
   */
  readonly alarmTopic?: ITopic;
  /**
   * KMS keys that the function needs for secrets and topics that are imported, so that their keys are not known.
   *
   * @default - none
   */
  readonly keys?: readonly IKey[];
  /**
   * IANA name of the time zone for times in messages.
   *
   * @default 'UTC'
   */
  readonly timeZone?: string;
  /**
   * How many databases one run checks side by side, 1 to 25.
   *
   * @default 25
   */
  readonly databasesPerRun?: number;
  /**
   * Reserve the function's concurrency, so that runs never pile up. An account whose concurrency quota is still 10
   * cannot reserve any: the deployment then fails with "UnreservedConcurrentExecution below its minimum value".
   *
   * @default true
   */
  readonly reservedConcurrency?: boolean;
  /**
   * Point-in-time recovery of the table of states.
   *
   * @default true
   */
  readonly pointInTimeRecovery?: boolean;
  /**
   * How long the function's log is kept.
   *
   * @default RetentionDays.ONE_MONTH
   */
  readonly logRetention?: RetentionDays;
}

/**
 * Watches who holds the connection slots of PostgreSQL servers, tells people in time, and on request ends stale
 * sessions: a function with its schedule, alarms, topics, dashboard and state.
 *
 * @throws {ConfigurationError} with every mistake in `databases` at once.
 */
export class ConnectionGuard extends Construct {
  /** The function that checks; invoke it by hand with `{ databases: [...] }`. */
  readonly function: IFunction;
  /** Of the function: let it in where databases are not in `databases` yet. */
  readonly securityGroup: ISecurityGroup;
  readonly warningTopic: ITopic;
  readonly criticalTopic: ITopic;
  readonly alarmTopic: ITopic;
  /** Where the console shows the dashboard. */
  readonly dashboardUrl: string;

  constructor(scope: Construct, id: string, props: ConnectionGuardProps) {
    super(scope, id);
    const databases = watch(this, props.databases);
    const databasesPerRun = props.databasesPerRun ?? MAX_DATABASES_PER_EVENT;
    const subnets = props.vpcSubnets ?? { subnetType: SubnetType.PRIVATE_WITH_EGRESS };
    const deadLetters = createDeadLetters(this);
    const notifications = new Notifications(this, 'Notifications', { ...topicsOf(props), deadLetters });
    const network = new Network(this, 'Network', {
      vpc: props.vpc,
      subnets,
      endpoints: props.endpoints ?? [],
      databases,
    });
    const { region } = Stack.of(this);
    const dashboard = dashboardName(this);
    this.dashboardUrl = `https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}#dashboards/dashboard/${dashboard}`;
    const guard = new GuardFunction(this, 'Guard', {
      vpc: props.vpc,
      subnets,
      securityGroup: network.securityGroup,
      logRetention: props.logRetention ?? RetentionDays.ONE_MONTH,
      reservedConcurrency:
        props.reservedConcurrency === false ? undefined : runsPerMinute(databases.length, databasesPerRun),
      deadLetters,
      table: createStateTable(this, props.pointInTimeRecovery ?? true),
      environment: {
        GUARD_WARNING_TOPIC_ARN: notifications.warning.topicArn,
        GUARD_CRITICAL_TOPIC_ARN: notifications.critical.topicArn,
        GUARD_TIME_ZONE: props.timeZone ?? 'UTC',
        GUARD_DASHBOARD_URL: this.dashboardUrl,
      },
    });
    grantPublish(guard, notifications, [...(props.keys ?? []), ...databases.flatMap(({ key }) => key ?? [])]);
    grantLogins(this, guard.role, databases);
    const schedules = new Schedules(this, 'Schedules', {
      ...{ function: guard.function, deadLetters, databases, databasesPerRun },
    });
    const alarms = new Construct(this, 'Alarms');
    const homeOf = databaseHomes(alarms, databases.length);
    const refusals = watchRefusals(this, {
      ...{ databases, homeOf, topic: notifications.alarms },
      namespace: METRIC_NAMESPACE,
      guard: guard.function,
      schedules,
      logRetention: props.logRetention ?? RetentionDays.ONE_MONTH,
      reserveConcurrency: props.reservedConcurrency ?? true,
    });
    createSafetyNet(this, alarms, {
      guard,
      notifications,
      deadLetters,
      databases,
      dashboard,
      homeOf,
      refusals,
    });
    saveQueries(this, guard.logGroup);
    createOutputs(this, {
      notifications,
      function: guard.function,
      dashboardUrl: this.dashboardUrl,
      databases,
    });
    this.function = guard.function;
    this.securityGroup = network.securityGroup;
    this.warningTopic = notifications.warning;
    this.criticalTopic = notifications.critical;
    this.alarmTopic = notifications.alarms;
  }
}

/** What neither Scheduler, Lambda nor SNS could deliver; people read it, so it keeps them for two weeks. */
function createDeadLetters(scope: Construct): Queue {
  const queue = new Queue(scope, 'DeadLetters', {
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
  });
  acknowledge(
    queue,
    'Serverless-SQSRedrivePolicy',
    'this queue is the end of the line: it takes what others could not deliver, and an alarm watches it',
  );
  return queue;
}

function topicsOf({ emails, slack, warningTopic, criticalTopic, alarmTopic }: ConnectionGuardProps) {
  return { emails: emails ?? [], slack, warningTopic, criticalTopic, alarmTopic };
}

function grantPublish(guard: GuardFunction, notifications: Notifications, keys: readonly IKey[]): void {
  const topics = [...new Set([notifications.warning.topicArn, notifications.critical.topicArn])];
  guard.role.addToPolicy(new PolicyStatement({ sid: 'Notify', actions: ['sns:Publish'], resources: topics }));
  const used = [...(notifications.key ? [notifications.key] : []), ...keys].map(({ keyArn }) => keyArn);
  if (used.length > 0)
    guard.role.addToPolicy(
      new PolicyStatement({
        sid: 'UseKeys',
        actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
        resources: [...new Set(used)],
      }),
    );
}

interface SafetyNet {
  readonly guard: GuardFunction;
  readonly notifications: Notifications;
  readonly deadLetters: Queue;
  readonly databases: readonly WatchedDatabase[];
  readonly dashboard: string;
  readonly homeOf: DatabaseHomes;
  readonly refusals: Refusals;
}

function createSafetyNet(scope: Construct, alarms: Construct, parts: SafetyNet): void {
  const { guard, notifications, deadLetters, databases, homeOf, refusals } = parts;
  createDashboard(scope, {
    name: parts.dashboard,
    databases,
    databaseAlarms: createDatabaseAlarms(databases, homeOf, notifications.alarms),
    guardAlarms: createGuardAlarms(alarms, {
      function: guard.function,
      deadLetters,
      topics: notifications.topics,
      topic: notifications.alarms,
    }),
    function: guard.function,
    logGroup: guard.logGroup,
    refusals,
  });
}
