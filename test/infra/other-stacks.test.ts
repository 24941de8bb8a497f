import './offline.ts';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { CfnSecurityGroup, CfnSubnet, CfnVPC, SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import {
  AuroraPostgresEngineVersion,
  ClusterInstance,
  DatabaseCluster,
  DatabaseClusterEngine,
  DatabaseInstance,
  DatabaseInstanceEngine,
  PostgresEngineVersion,
} from 'aws-cdk-lib/aws-rds';
import { CfnSecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { describe, expect, test } from 'vitest';
import { ConnectionGuard } from '../../infra/connection-guard.ts';
import type { ConnectionGuardProps } from '../../infra/props.ts';
import { listOf, recordOf } from './policies.ts';
import { synthesizeStack, testApp } from './synth.ts';

const ENV = { account: '111122223333', region: 'eu-central-1' };

/** What another team's stack owns. */
class DataStack extends Stack {
  readonly vpc = vpcIn(this);
  readonly key = new Key(this, 'Key');
  readonly topic = new Topic(this, 'Topic');
  readonly role = new Role(this, 'Role', {
    path: '/teams/data/',
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
  });
  readonly logGroup = new LogGroup(this, 'Log');
  readonly securityGroup = SecurityGroup.fromSecurityGroupId(
    this,
    'Group',
    new CfnSecurityGroup(this, 'OwnGroup', { groupDescription: 'own' }).attrGroupId,
    { allowAllOutbound: false },
  );
  readonly secret = Secret.fromSecretAttributes(this, 'Secret', {
    secretCompleteArn: new CfnSecret(this, 'GuardSecret').ref,
    encryptionKey: this.key,
  });
  readonly instance = new DatabaseInstance(this, 'Instance', {
    vpc: this.vpc,
    iamAuthentication: true,
    engine: DatabaseInstanceEngine.postgres({ version: PostgresEngineVersion.VER_17 }),
  });
  readonly cluster = new DatabaseCluster(this, 'Cluster', {
    vpc: this.vpc,
    iamAuthentication: true,
    engine: DatabaseClusterEngine.auroraPostgres({ version: AuroraPostgresEngineVersion.VER_16_4 }),
    writer: ClusterInstance.serverlessV2('writer'),
    readers: [ClusterInstance.serverlessV2('reader')],
  });
}

/** By its parts: CDK's `Vpc` is no `IVpc` under this repository's `exactOptionalPropertyTypes`. */
function vpcIn(stack: Stack) {
  const { ref: vpcId } = new CfnVPC(stack, 'Net', { cidrBlock: '10.0.0.0/16' });
  const subnets = ['10.0.1.0/24', '10.0.2.0/24'].map((cidrBlock, index) => {
    return new CfnSubnet(stack, `Subnet${index}`, { vpcId, cidrBlock }).ref;
  });
  return Vpc.fromVpcAttributes(stack, 'Vpc', {
    vpcId,
    availabilityZones: ['eu-central-1a', 'eu-central-1b'],
    privateSubnetIds: subnets,
    privateSubnetRouteTableIds: ['rtb-0123456789abcdef0', 'rtb-0123456789abcdef0'],
  });
}

/** The same things, known by identifier to an app that does not own them. */
function imported(stack: Stack) {
  const securityGroups = [SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-0123456789abcdef0')];
  return {
    vpc: Vpc.fromVpcAttributes(stack, 'Vpc', {
      vpcId: 'vpc-0123456789abcdef0',
      availabilityZones: ['eu-central-1a'],
      privateSubnetIds: ['subnet-0123456789abcdef0'],
      privateSubnetRouteTableIds: ['rtb-0123456789abcdef0'],
    }),
    key: Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-central-1:111122223333:key/abc'),
    role: Role.fromRoleArn(stack, 'Role', 'arn:aws:iam::111122223333:role/given'),
    logGroup: LogGroup.fromLogGroupName(stack, 'Log', 'given'),
    securityGroup: SecurityGroup.fromSecurityGroupId(stack, 'Own', 'sg-0123456789abcdef1'),
    topic: Topic.fromTopicArn(stack, 'Topic', 'arn:aws:sns:eu-central-1:111122223333:given'),
    secret: Secret.fromSecretNameV2(stack, 'Secret', 'prod/guard'),
    instance: DatabaseInstance.fromDatabaseInstanceAttributes(stack, 'Instance', {
      instanceIdentifier: 'orders',
      instanceEndpointAddress: 'orders.abc.eu-central-1.rds.amazonaws.com',
      instanceResourceId: 'db-ABC',
      port: 5432,
      securityGroups,
    }),
    cluster: DatabaseCluster.fromDatabaseClusterAttributes(stack, 'Cluster', {
      clusterIdentifier: 'shop',
      clusterResourceIdentifier: 'cluster-ABC',
      instanceIdentifiers: ['shop-1'],
      instanceEndpointAddresses: ['shop-1.abc.eu-central-1.rds.amazonaws.com'],
      port: 5432,
      securityGroups,
    }),
  };
}

type Parts = ReturnType<typeof imported>;
const iam = { iam: { user: 'guard' } };

/** Props that use one thing of another stack, and the least of others. */
const USES: Record<string, (parts: Parts, own: Parts) => ConnectionGuardProps> = {
  instance: ({ instance }, { vpc }) => ({ vpc, databases: [{ name: 'orders', instance, login: iam }] }),
  cluster: ({ cluster }, { vpc }) => ({ vpc, databases: [{ name: 'shop', cluster, login: iam }] }),
  secret: ({ secret }, { vpc, instance }) => ({
    vpc,
    databases: [{ name: 'orders', instance, login: { secret } }],
  }),
  topic: ({ topic }, { vpc, instance }) => ({
    vpc,
    warningTopic: topic,
    criticalTopic: topic,
    alarmTopic: topic,
    databases: [{ name: 'orders', instance, login: iam }],
  }),
  VPC: ({ vpc }, { instance }) => ({
    vpc,
    endpoints: ['monitoring', 'dynamodb'],
    databases: [{ name: 'orders', instance, login: iam }],
  }),
  key: ({ key }, { vpc, instance }) => ({
    vpc,
    keys: [key],
    databases: [{ name: 'orders', instance, login: iam }],
  }),
  'role, log group and security group of the function': (
    { role, logGroup, securityGroup },
    { vpc, instance },
  ) => ({
    vpc,
    role,
    logGroup,
    securityGroup,
    dashboard: false,
    databases: [{ name: 'orders', instance, login: iam }],
  }),
  'VPC, instance, cluster, secret, topic and key': ({ vpc, instance, cluster, secret, topic, key }) => ({
    vpc,
    warningTopic: topic,
    criticalTopic: topic,
    alarmTopic: topic,
    keys: [key],
    databases: [
      { name: 'orders', instance, login: { secret } },
      { name: 'shop', cluster, login: iam },
    ],
  }),
};

describe.each(Object.entries(USES))('%s', (_, propsFor) => {
  // The flags of cdk.json break references between stacks apart; an older app has none of them.
  test.each([
    ['with the feature flags of today', testApp],
    ['in an app without feature flags', (outdir: string) => new App({ outdir })],
  ])('of another stack %s: synthesizes, that stack first, its security groups unchanged', (__, appIn) => {
    const outdir = mkdtempSync(join(tmpdir(), 'guard-stacks-'));
    try {
      const app = appIn(outdir);
      const data = new DataStack(app, 'Data', { env: ENV });
      const stack = new Stack(app, 'Monitoring', { env: ENV });
      new ConnectionGuard(stack, 'Guard', propsFor(data, imported(stack)));
      const assembly = app.synth();
      const template = assembly.getStackByName('Data').template;
      expect(assembly.getStackByName('Data').dependencies.map(({ id }) => id)).not.toContain('Monitoring');
      expect(JSON.stringify(template)).not.toMatch(/rds-connection-guard|RdsConnectionGuard/);
      // A link to the console looks the partition up in the template that it stands in.
      const own = JSON.stringify(assembly.getStackByName('Monitoring').template);
      expect(own.includes('"Mappings"')).toBe(own.includes('Fn::FindInMap'));
    } finally {
      rmSync(outdir, { recursive: true });
    }
  });

  test('of another app, imported, synthesizes', () => {
    const outdir = mkdtempSync(join(tmpdir(), 'guard-stacks-'));
    try {
      const app = testApp(outdir);
      const stack = new Stack(app, 'Monitoring', { env: ENV });
      const parts = imported(stack);
      new ConnectionGuard(stack, 'Guard', propsFor(parts, parts));
      expect(app.synth().getStackByName('Monitoring').dependencies).toHaveLength(1);
    } finally {
      rmSync(outdir, { recursive: true });
    }
  });
});

test('a role of another stack with a path gets every policy by its own name, and the function its whole ARN', () => {
  const { template } = synthesizeStack((app) => {
    const data = new DataStack(app, 'Data', { env: ENV });
    const stack = new Stack(app, 'Monitoring', { env: ENV });
    const { vpc, instance } = imported(stack);
    const databases = [{ name: 'orders', instance, login: iam }];
    new ConnectionGuard(stack, 'Guard', { vpc, databases, role: data.role });
    return stack;
  });
  const outputOf = (value: unknown) => String(recordOf(recordOf(value)['Fn::GetStackOutput'])['OutputName']);
  const ofGuard = Object.entries(template.Resources).filter(([id]) => !id.includes('Schedules'));
  const policies = ofGuard.filter(([, { Type }]) => Type === 'AWS::IAM::Policy');
  expect(policies.map(([, { Properties }]) => listOf(Properties?.['Roles']).map(outputOf))).toEqual(
    policies.map(() => [expect.stringMatching(/RefRole/)]),
  );
  expect(policies).toHaveLength(2);
  const functions = ofGuard.filter(([, { Type }]) => Type === 'AWS::Lambda::Function');
  expect(functions.map(([, { Properties }]) => outputOf(Properties?.['Role']))).toEqual([
    expect.stringMatching(/GetAttRole.*Arn/),
  ]);
});

test('an instance of a cluster is named by its id in the construct tree, whatever its place in the list', () => {
  const names = (readers: string[]) => {
    const app = new App();
    const stack = new Stack(app, 'Data', { env: ENV });
    const vpc = vpcIn(stack);
    const cluster = new DatabaseCluster(stack, 'Cluster', {
      vpc,
      iamAuthentication: true,
      engine: DatabaseClusterEngine.auroraPostgres({ version: AuroraPostgresEngineVersion.VER_16_4 }),
      writer: ClusterInstance.serverlessV2('writer'),
      readers: readers.map((id) => ClusterInstance.serverlessV2(id)),
    });
    return new ConnectionGuard(stack, 'Guard', { vpc, databases: [{ name: 'shop', cluster, login: iam }] })
      .databaseNames;
  };
  expect(names(['first', 'second'])).toEqual(['shop/writer', 'shop/first', 'shop/second']);
  expect(names(['second'])).toEqual(['shop/writer', 'shop/second']);
});
