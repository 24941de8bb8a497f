import { Annotations, Stack, type StackProps } from 'aws-cdk-lib';
import {
  type ISecurityGroup,
  type IVpc,
  SecurityGroup,
  type SubnetSelection,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { Key } from 'aws-cdk-lib/aws-kms';
import { DatabaseCluster, DatabaseInstance } from 'aws-cdk-lib/aws-rds';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { Config, ConfiguredDatabase } from './config/parse-config.ts';
import { ConnectionGuard } from './connection-guard.ts';
import type { GuardedDatabase } from './database-props.ts';

/** The stack of a team that only edits `guard.config.ts`: finds what the file names, and hands it to the construct. */
export class ConnectionGuardStack extends Stack {
  readonly guard: ConnectionGuard;

  constructor(scope: Construct, config: Config, props: StackProps = {}) {
    super(scope, config.stackName, {
      description: 'rds-connection-guard: watches the connection slots of PostgreSQL on RDS and Aurora',
      ...props,
    });
    const { notify, network } = config;
    const topic = (id: string, arn: string | undefined): ITopic | undefined =>
      arn === undefined ? undefined : Topic.fromTopicArn(this, id, arn);
    this.guard = new ConnectionGuard(this, 'Guard', {
      ...findNetwork(this, network),
      databases: findDatabases(this, config.databases, network.databaseSecurityGroupId),
      endpoints: network.endpoints,
      emails: notify.emails,
      ...(notify.slack && { slack: notify.slack }),
      ...defined({
        warningTopic: topic('WarningTopic', notify.topics.warning),
        criticalTopic: topic('CriticalTopic', notify.topics.critical),
        alarmTopic: topic('AlarmTopic', notify.topics.alarms),
      }),
      keys: config.keyArns.map((arn, index) => Key.fromKeyArn(this, `Key${index + 1}`, arn)),
      timeZone: notify.timeZone,
      ...(notify.docsUrl !== undefined && { docsUrl: notify.docsUrl }),
      databasesPerRun: config.databasesPerRun,
      reservedConcurrency: config.reservedConcurrency,
      pointInTimeRecovery: config.pointInTimeRecovery,
      logRetention: config.logRetentionDays,
    });
  }
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
  standardGroup: string | undefined,
): GuardedDatabase[] {
  const groups = new Map<string, ISecurityGroup>();
  const groupOf = (id: string): ISecurityGroup => {
    const group = groups.get(id) ?? SecurityGroup.fromSecurityGroupId(scope, id, id);
    groups.set(id, group);
    return group;
  };
  return databases.map(({ input, lookup, securityGroupId, postgresqlLogGroup }) => {
    const group = securityGroupId ?? (lookup ? undefined : standardGroup);
    const given = {
      ...(group !== undefined && { securityGroups: [groupOf(group)] }),
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
  const home = new Construct(scope, `Lookup ${name.replaceAll('/', ' ')}`);
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
