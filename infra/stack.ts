import { Annotations, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import {
  type ISecurityGroup,
  type IVpc,
  SecurityGroup,
  type SubnetSelection,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { ManagedPolicy, PermissionsBoundary, Role } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { ApplicationLogLevel, Architecture, Tracing } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { DatabaseCluster, DatabaseInstance } from 'aws-cdk-lib/aws-rds';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import { METRIC_NAMESPACE } from '../lambda/config/metrics.ts';
import { constructId } from './config/names.ts';
import type { Config, ConfiguredDatabase } from './config/parse-config.ts';
import { DEFAULT_STACK_NAME } from './config/schema.ts';
import { ConnectionGuard } from './connection-guard.ts';
import type { GuardedDatabase } from './database-props.ts';
import type { DiscoverProps } from './discovery.ts';

/** What a {@link ConnectionGuardStack} is made from. */
export interface ConnectionGuardStackProps extends StackProps {
  /** A checked configuration, of `parseConfig` or `loadConfig`. */
  readonly config: Config;
}

/** The stack of a team that only edits `guard.config.ts`: finds what the file names, and hands it to the construct. */
export class ConnectionGuardStack extends Stack {
  /** What the file describes. */
  readonly guard: ConnectionGuard;

  constructor(scope: Construct, id: string, { config, ...props }: ConnectionGuardStackProps) {
    const { account, region, tags, terminationProtection } = config;
    super(scope, id, {
      description: 'rds-connection-guard: watches the connection slots of PostgreSQL on RDS and Aurora',
      stackName: config.stackName,
      tags,
      terminationProtection,
      ...props,
      env: { ...props.env, ...defined({ account, region }) },
    });
    const { notify, network } = config;
    if (config.stackName !== DEFAULT_STACK_NAME && config.namespace === METRIC_NAMESPACE)
      Annotations.of(this).addWarningV2(
        'rds-connection-guard:sharedNamespace',
        `the stack ${config.stackName} sends its metrics to the namespace ${METRIC_NAMESPACE}, as the stack ` +
          `${DEFAULT_STACK_NAME} does: databases of the same name would be mixed. Set a namespace of its own`,
      );
    const topic = (topicId: string, arn: string | undefined): ITopic | undefined =>
      arn === undefined ? undefined : Topic.fromTopicArn(this, topicId, arn);
    this.guard = new ConnectionGuard(this, 'Guard', {
      ...findNetwork(this, network),
      ...findOwnParts(this, config),
      databases: findDatabases(this, config.databases, network.databaseSecurityGroupId),
      ...findDiscovery(this, config),
      endpoints: network.endpoints,
      emails: notify.emails,
      ...(notify.slack && { slack: notify.slack }),
      ...defined({
        warningTopic: topic('WarningTopic', notify.topics.warning),
        criticalTopic: topic('CriticalTopic', notify.topics.critical),
        alarmTopic: topic('AlarmTopic', notify.topics.alarms),
      }),
      keys: config.keyArns.map((arn, index) => Key.fromKeyArn(this, `Key${index + 1}`, arn)),
      ...(notify.docsUrl !== undefined && { docsUrl: notify.docsUrl }),
      ...(notify.command !== undefined && { command: notify.command }),
      ...(config.actions !== undefined && { actions: config.actions }),
      timeZone: notify.timeZone,
      databasesPerRun: config.databasesPerRun,
      reservedConcurrency: config.reservedConcurrency,
      pointInTimeRecovery: config.pointInTimeRecovery,
      namespace: config.namespace,
      metrics: config.metrics,
      alarms: config.alarms,
      okActions: config.okActions,
      dashboard: config.dashboard,
      ipv6: network.ipv6,
      memorySize: config.memorySize,
      logLevel: ApplicationLogLevel[config.logLevel],
      architecture: config.architecture === 'arm64' ? Architecture.ARM_64 : Architecture.X86_64,
      tracing: config.tracing ? Tracing.ACTIVE : Tracing.DISABLED,
      removalPolicy: config.removalPolicy === 'retain' ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
      logRetention: config.logRetentionDays,
    });
    if (config.permissionsBoundaryArn !== undefined)
      PermissionsBoundary.of(this).apply(
        ManagedPolicy.fromManagedPolicyArn(this, 'Boundary', config.permissionsBoundaryArn),
      );
  }
}

/** What the file gives in place of something that would be created. */
function findOwnParts(scope: Construct, { encryptionKey, roleArn, logGroupName, network }: Config) {
  return {
    ...(encryptionKey === false && { encryptionKey }),
    ...(encryptionKey && { encryptionKey: Key.fromKeyArn(scope, 'TopicKey', encryptionKey) }),
    ...(roleArn && { role: Role.fromRoleArn(scope, 'FunctionRole', roleArn) }),
    ...(logGroupName && { logGroup: LogGroup.fromLogGroupName(scope, 'FunctionLog', logGroupName) }),
    ...(network.securityGroupId && {
      securityGroup: SecurityGroup.fromSecurityGroupId(scope, 'FunctionGroup', network.securityGroupId),
    }),
  };
}

function findDiscovery(scope: Construct, { discover, network }: Config): { discover?: DiscoverProps } {
  if (discover === null) return {};
  const { securityGroupId = network.databaseSecurityGroupId, profiles, ...settings } = discover;
  const securityGroups =
    typeof securityGroupId === 'string'
      ? [SecurityGroup.fromSecurityGroupId(scope, 'DiscoveredGroup', securityGroupId)]
      : [];
  return { discover: { ...settings, profiles, securityGroups } };
}

function findNetwork(
  scope: Construct,
  network: Config['network'],
): { vpc: IVpc; vpcSubnets?: SubnetSelection } {
  const { vpcId, subnetIds, routeTableIds } = network;
  if (subnetIds === undefined) return { vpc: Vpc.fromLookup(scope, 'Vpc', { vpcId }) };
  const vpc = Vpc.fromVpcAttributes(scope, 'Vpc', {
    vpcId,
    // CDK wants one for each subnet and shows them nowhere; AWS knows the real ones.
    availabilityZones: subnetIds.map((_, index) => `zone-${index + 1}`),
    privateSubnetIds: subnetIds,
    ...(routeTableIds && {
      privateSubnetRouteTableIds: subnetIds.map((_, index) => routeTableIds[index] ?? routeTableIds[0] ?? ''),
    }),
  });
  for (const subnet of vpc.privateSubnets)
    Annotations.of(subnet).acknowledgeWarning(
      '@aws-cdk/aws-ec2:noSubnetRouteTableId',
      'route tables are needed for the dynamodb endpoint alone, and then they are given',
    );
  return { vpc, vpcSubnets: { subnets: vpc.privateSubnets } };
}

function findDatabases(
  scope: Construct,
  databases: readonly ConfiguredDatabase[],
  standardGroup: string | false | undefined,
): GuardedDatabase[] {
  const groups = new Map<string, ISecurityGroup>();
  const groupOf = (id: string): ISecurityGroup => {
    const group = groups.get(id) ?? SecurityGroup.fromSecurityGroupId(scope, id, id);
    groups.set(id, group);
    return group;
  };
  return databases.map(({ input, lookup, securityGroupId, hostParameter, postgresqlLogGroup }) => {
    const group = securityGroupId ?? (lookup ? undefined : standardGroup);
    const given = {
      ...(group !== undefined && { securityGroups: group === false ? [] : [groupOf(group)] }),
      ...(hostParameter !== null && { host: StringParameter.valueForStringParameter(scope, hostParameter) }),
      ...(postgresqlLogGroup !== null && { postgresqlLogGroup }),
    };
    if (!lookup) return { ...input, ...given };
    const { host: _, port: __, ...settings } = input;
    return { ...settings, ...given, ...lookUp(scope, input, lookup) };
  });
}

/** Reads the endpoint from AWS (or from `cdk.context.json`, which is there to be committed). */
function lookUp(
  scope: Construct,
  { name, login }: ConfiguredDatabase['input'],
  { instance, cluster }: NonNullable<ConfiguredDatabase['lookup']>,
) {
  const home = new Construct(scope, `Lookup ${constructId(name)}`);
  const found = DatabaseInstance.fromLookup(home, 'Instance', { instanceIdentifier: instance });
  if (cluster === null || !('iam' in login)) return { instance: found, login };
  // Aurora: the IAM policy names the cluster, whichever instance one logs in to.
  const { clusterResourceIdentifier } = DatabaseCluster.fromLookup(new Construct(home, 'Of'), 'Cluster', {
    clusterIdentifier: cluster,
  });
  return { instance: found, login: { iam: { user: login.iam.user, resourceId: clusterResourceIdentifier } } };
}

/** Without the properties that are undefined, which the construct takes for left out. */
function defined<Value>(record: Readonly<Record<string, Value | undefined>>): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(record).flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const])),
  );
}
