import { Annotations, RemovalPolicy } from 'aws-cdk-lib';
import type { IAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { Connections, type IConnectable, type ISecurityGroup, SubnetType } from 'aws-cdk-lib/aws-ec2';
import type { IGrantable, IPrincipal, IRole } from 'aws-cdk-lib/aws-iam';
import { Architecture, type IFunction } from 'aws-cdk-lib/aws-lambda';
import { type ILogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { MAX_DATABASES_PER_EVENT } from '../lambda/config/database.ts';
import { METRIC_NAMESPACE } from '../lambda/config/metrics.ts';
import { ActionsFunction } from './actions-function.ts';
import { checkProps } from './check-props.ts';
import { addressOf, consoleLink } from './console-link.ts';
import { createDeadLetters } from './dead-letters.ts';
import { DiscoverFunction } from './discover-function.ts';
import { resolveDiscovery } from './discovery.ts';
import { GuardFunction } from './function.ts';
import { guardEnvironment } from './guard-environment.ts';
import { grantLogins } from './login-policies.ts';
import { createStateTable } from './memory-table.ts';
import { createDashboard, dashboardName } from './monitoring/dashboard.ts';
import { GuardMetrics } from './monitoring/guard-metrics.ts';
import { saveQueries } from './monitoring/log-queries.ts';
import { createSafetyNet } from './monitoring/safety-net.ts';
import { Network } from './network.ts';
import { Notifications } from './notifications.ts';
import { createOutputs } from './outputs.ts';
import { pinnedEvents } from './pinned-events.ts';
import type { ConnectionGuardProps } from './props.ts';
import { watch } from './resolve-databases.ts';
import { runsPerMinute, Schedules } from './schedule.ts';

/**
 * Watches who holds the connection slots of PostgreSQL servers, tells people in time, and on request ends stale
 * sessions: a function with its schedule, alarms, topics, dashboard and state.
 *
 * A permissions boundary for all its roles: `PermissionsBoundary.of(guard).apply(policy)`.
 *
 * @throws {ConfigurationError} with every mistake in `databases` at once.
 */
export class ConnectionGuard extends GuardMetrics implements IConnectable, IGrantable {
  /** The function that checks; invoke it by hand with `{ databases: [...] }`. */
  readonly function: IFunction;
  /** Of the function. */
  readonly role: IRole;
  /** The function's role, for `grant...(guard)`. */
  readonly grantPrincipal: IPrincipal;
  /** Of the function: let it in where databases are not in `databases` yet. */
  readonly securityGroup: ISecurityGroup;
  /** The same group, for `allowFrom(guard)` and the like. */
  readonly connections: Connections;
  /** The function's: what each check found, and who held the slots. */
  readonly logGroup: ILogGroup;
  /** What the next check needs from earlier ones, by database. */
  readonly table: Table;
  /** What neither Scheduler, Lambda nor SNS could deliver. */
  readonly deadLetterQueue: IQueue;
  /** Messages of level warning; subscribe here. */
  readonly warningTopic: ITopic;
  /** Messages of level critical and full; the same topic unless another was given. */
  readonly criticalTopic: ITopic;
  /** CloudWatch alarms, for when the guard cannot speak. */
  readonly alarmTopic: ITopic;
  /** Every alarm: those of the databases or the fleet, and those of the guard's own health. */
  readonly alarms: readonly IAlarm[];
  /** Where the console shows the dashboard; undefined without one, and in isolated partitions. */
  readonly dashboardUrl: string | undefined;
  /** The function that people act through; undefined without `actions`. */
  readonly actionsFunction: IFunction | undefined;

  constructor(scope: Construct, id: string, props: ConnectionGuardProps) {
    super(scope, id, props.namespace ?? METRIC_NAMESPACE);
    checkProps(props);
    const databases = watch(this, props.databases, props.discover !== undefined);
    this.watches(databases.map(({ name }) => name));
    const databasesPerRun = props.databasesPerRun ?? MAX_DATABASES_PER_EVENT;
    const discovery = props.discover && resolveDiscovery(this, props.discover, databasesPerRun);
    const { profiles = [] } = discovery ?? {};
    const mode = props.alarms ?? 'each';
    // Databases that come and go have no alarms of their own.
    const hasFleetAlarms = mode === 'fleet' || (mode === 'each' && discovery !== undefined);
    const subnets = props.vpcSubnets ?? { subnetType: SubnetType.PRIVATE_WITH_EGRESS };
    const logRetention = props.logRetention ?? RetentionDays.ONE_MONTH;
    const removalPolicy = props.removalPolicy ?? RemovalPolicy.DESTROY;
    const reserveConcurrency = props.reservedConcurrency ?? true;
    const deadLetters = createDeadLetters(this);
    const watched = [...databases, ...profiles];
    const network = new Network(this, 'Network', { ...props, subnets, databases: watched });
    const table = createStateTable(this, props.pointInTimeRecovery ?? true, removalPolicy);
    const dashboard = props.dashboard === false ? null : dashboardName(this);
    const link = dashboard && consoleLink(this, 'cloudwatch/home', `dashboards/dashboard/${dashboard}`);
    this.dashboardUrl = link ? addressOf(link) : undefined;
    if (link === undefined)
      Annotations.of(this).addInfo('no console is documented here: messages and outputs link to none');
    const keys = [...(props.keys ?? []), ...databases.flatMap(({ key }) => key ?? [])];
    this.actionsFunction =
      props.actions &&
      new ActionsFunction(this, 'Actions', {
        actions: props.actions,
        databases,
        table,
        vpc: props.vpc,
        subnets,
        logRetention,
        keys,
        securityGroup: network.securityGroup,
        discovery,
        reserveConcurrency,
        ipv6: props.ipv6 ?? false,
        architecture: props.architecture ?? Architecture.ARM_64,
        timeZone: props.timeZone ?? 'UTC',
      }).function;
    const notifications = new Notifications(this, 'Notifications', {
      ...props,
      deadLetters,
      ...(this.actionsFunction && {
        buttons: { function: this.actionsFunction, terminate: props.actions?.terminate === true },
      }),
    });
    const guard = new GuardFunction(this, 'Guard', {
      ...props,
      subnets,
      logRetention,
      removalPolicy,
      deadLetters,
      table,
      securityGroup: network.securityGroup,
      reservedConcurrency: reserveConcurrency
        ? 2 *
          (runsPerMinute(databases.length, databasesPerRun) +
            runsPerMinute(discovery?.settings.atMost ?? 0, databasesPerRun))
        : undefined,
      namespace: this.namespace,
      certificates: databases.flatMap(({ certificates }) => certificates ?? []),
      environment: guardEnvironment({
        props,
        notifications,
        namespace: this.namespace,
        hasFleetAlarms,
        dashboardUrl: this.dashboardUrl,
        actionsFunction: this.actionsFunction,
        pinnedEvents: pinnedEvents(databases, databasesPerRun),
        pinnedProfiles: discovery?.pins,
      }),
    });
    notifications.grantPublish(guard.role, keys);
    grantLogins(this, guard.role, watched);
    const schedules = new Schedules(this, 'Schedules', {
      function: guard.function,
      deadLetters,
      databases,
      databasesPerRun,
    });
    this.alarms = createSafetyNet(this, {
      guard,
      notifications,
      deadLetters,
      databases,
      schedules,
      logRetention,
      reserveConcurrency,
      namespace: this.namespace,
      mode,
      hasFleetAlarms,
      okActions: props.okActions ?? true,
      showOn: (shown) => {
        if (dashboard !== null)
          createDashboard(this, {
            ...shown,
            name: dashboard,
            namespace: this.namespace,
            actions: this.actionsFunction,
            isDiscovering: discovery !== undefined,
          });
      },
    });
    if (discovery)
      new DiscoverFunction(this, 'Discovery', {
        settings: discovery.settings,
        function: guard.function,
        byHand: schedules.group,
        deadLetters,
        table,
        topic: notifications.warning,
        logRetention,
        reserveConcurrency,
        keys: [...(notifications.key ? [notifications.key] : []), ...(props.keys ?? [])],
      });
    saveQueries(this, guard.logGroup, databases);
    createOutputs(this, {
      notifications,
      function: guard.function,
      logGroup: guard.logGroup,
      ...(link && { dashboard: link }),
      ...(this.actionsFunction && { actionsFunction: this.actionsFunction }),
      terminatesByHand: props.actions?.terminate === true,
      databases: watched,
    });
    this.table = table;
    this.deadLetterQueue = deadLetters;
    this.function = guard.function;
    this.role = guard.role;
    this.grantPrincipal = guard.role;
    this.logGroup = guard.logGroup;
    this.securityGroup = network.securityGroup;
    this.connections = new Connections({ securityGroups: [network.securityGroup] });
    this.warningTopic = notifications.warning;
    this.criticalTopic = notifications.critical;
    this.alarmTopic = notifications.alarms;
    if (props.metrics === 'essential' && props.dashboard !== false)
      Annotations.of(this).addInfo('with essential metrics alone the dashboard shows no sessions by state');
  }
}
