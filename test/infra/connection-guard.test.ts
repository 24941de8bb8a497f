import './offline.ts';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CfnParameter, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { SecurityGroup, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { ManagedPolicy, PermissionsBoundary, Role } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { ApplicationLogLevel, Architecture, Tracing } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import {
  DatabaseCluster,
  DatabaseInstance,
  DatabaseInstanceEngine,
  MysqlEngineVersion,
  PostgresEngineVersion,
} from 'aws-cdk-lib/aws-rds';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { describe, expect, test } from 'vitest';
import { ConnectionGuard } from '../../infra/connection-guard.ts';
import type { GuardLogin } from '../../infra/database-props.ts';
import type { ConnectionGuardProps } from '../../infra/props.ts';
import { allows, listOf, recordOf, statementsOf } from './policies.ts';
import { resolve } from './resolve.ts';
import { ofType, synthesizeStack, testApp } from './synth.ts';

function vpcIn(stack: Stack) {
  return Vpc.fromVpcAttributes(stack, 'Vpc', {
    vpcId: 'vpc-0123456789abcdef0',
    availabilityZones: ['eu-central-1a'],
    privateSubnetIds: ['subnet-0123456789abcdef0'],
    privateSubnetRouteTableIds: ['rtb-0123456789abcdef0'],
  });
}

/** Synthesizes a guard in the stack of another team. */
function synthesizeGuard(propsIn: (stack: Stack) => Omit<ConnectionGuardProps, 'vpc'>) {
  return synthesizeStack((app) => {
    const stack = new Stack(app, 'Other');
    new ConnectionGuard(stack, 'Guard', { vpc: vpcIn(stack), ...propsIn(stack) });
    return stack;
  });
}

const SECRET = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:guard-AbCdEf';
const login = { secretArn: SECRET };

test('a group that two databases bring along separately is opened once', () => {
  const group = (stack: Stack, scope: string) =>
    SecurityGroup.fromSecurityGroupId(new Construct(stack, scope), 'Group', 'sg-0123456789abcdef0');
  const synthesis = synthesizeGuard((stack) => ({
    databases: ['a', 'b'].map((name) => ({ name, host: name, login, securityGroups: [group(stack, name)] })),
  }));
  expect(ofType(synthesis, 'AWS::EC2::SecurityGroupIngress')).toHaveLength(1);
});

test('subnets without a way out are warned of, with the endpoints that are left out', () => {
  const inIsolated = (endpoints: ConnectionGuardProps['endpoints'] = []) =>
    synthesizeStack((app) => {
      const stack = new Stack(app, 'Other');
      const vpc = Vpc.fromVpcAttributes(stack, 'Vpc', {
        vpcId: 'vpc-0123456789abcdef0',
        availabilityZones: ['eu-central-1a'],
        isolatedSubnetIds: ['subnet-0123456789abcdef0'],
        isolatedSubnetRouteTableIds: ['rtb-0123456789abcdef0'],
      });
      const databases = [{ name: 'a', host: 'a', login, securityGroups: [] }];
      const vpcSubnets = { subnetType: SubnetType.PRIVATE_ISOLATED };
      new ConnectionGuard(stack, 'Guard', { vpc, vpcSubnets, databases, endpoints });
      return stack;
    }).messages.filter((message) => message.includes('without a way out'));
  expect(inIsolated(['sns'])).toEqual([
    expect.stringContaining('leaves out monitoring, secretsmanager, dynamodb:'),
  ]);
  expect(inIsolated(['monitoring', 'sns', 'secretsmanager', 'dynamodb'])).toEqual([]);
});

test('a database whose owner opens the way himself is reached on its port', () => {
  const synthesis = synthesizeGuard(() => ({
    databases: [{ name: 'a', host: 'a', port: 6000, login, securityGroups: [] }],
  }));
  const [group] = ofType(synthesis, 'AWS::EC2::SecurityGroup').filter(([id]) => id.includes('Guard'));
  expect(group?.[1]['SecurityGroupEgress']).toMatchObject([
    { FromPort: 443 },
    { FromPort: 6000, ToPort: 6000 },
  ]);
});

test('the keys of secrets and of imported topics may be used, and no others', () => {
  const synthesis = synthesizeGuard((stack) => {
    const encryptionKey = new Key(stack, 'SecretKey');
    const secret = Secret.fromSecretAttributes(stack, 'Secret', { secretCompleteArn: SECRET, encryptionKey });
    const topic = Topic.fromTopicArn(stack, 'Topic', 'arn:aws:sns:eu-central-1:111122223333:given');
    return {
      databases: [{ name: 'a', host: 'a', login: { secret }, securityGroups: [] }],
      warningTopic: topic,
      criticalTopic: topic,
      alarmTopic: topic,
    };
  });
  const statements = ofType(synthesis, 'AWS::IAM::Policy').flatMap(([, { PolicyDocument }]) =>
    statementsOf(synthesis, PolicyDocument),
  );
  const [[keyId] = ['']] = ofType(synthesis, 'AWS::KMS::Key');
  expect(statements.filter(({ actions }) => actions.includes('kms:Decrypt'))).toMatchObject([
    { resources: [expect.stringContaining(`key/${keyId}`)] },
  ]);
  expect(ofType(synthesis, 'AWS::SNS::Topic')).toEqual([]);
  expect(
    resolve(synthesis.template, ofType(synthesis, 'AWS::CloudWatch::Alarm')[0]?.[1]['AlarmActions']),
  ).toEqual(['arn:aws:sns:eu-central-1:111122223333:given']);
});

describe('a secret', () => {
  const REAL = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:prod/guard-AbCdEf';
  const PARTIAL = REAL.replace(/-AbCdEf$/, '');
  const databaseWith = (login: GuardLogin) => ({ name: 'a', host: 'a', login, securityGroups: [] });

  test.each<[string, (stack: Stack) => GuardLogin, string]>([
    ['imported by name', (stack) => ({ secret: Secret.fromSecretNameV2(stack, 'S', 'prod/guard') }), PARTIAL],
    [
      'imported by partial ARN',
      (stack) => ({ secret: Secret.fromSecretPartialArn(stack, 'S', PARTIAL) }),
      PARTIAL,
    ],
    ['imported by full ARN', (stack) => ({ secret: Secret.fromSecretCompleteArn(stack, 'S', REAL) }), REAL],
    ['given by full ARN', () => ({ secretArn: REAL }), REAL],
    ['given by name', () => ({ secretName: 'prod/guard' }), 'prod/guard'],
  ])('%s is what the event names and the policy matches, and no other', (_, loginIn, id) => {
    const synthesis = synthesizeGuard((stack) => ({ databases: [databaseWith(loginIn(stack))] }));
    const statements = ofType(synthesis, 'AWS::IAM::Policy').flatMap(([, { PolicyDocument }]) =>
      statementsOf(synthesis, PolicyDocument),
    );
    const reads = (arn: string) => allows(statements, 'secretsmanager:GetSecretValue', arn);
    expect([reads(REAL), reads(`${PARTIAL}-other-AbCdEf`), reads(REAL.replace('prod', 'test'))]).toEqual([
      true,
      false,
      false,
    ]);
    const [[, { Target }] = ['', {}]] = ofType(synthesis, 'AWS::Scheduler::Schedule');
    const { databases } = recordOf(
      JSON.parse(String(resolve(synthesis.template, recordOf(Target)['Input']))),
    );
    expect(Object.values(recordOf(recordOf(listOf(databases)[0])['login']))).toEqual([id]);
  });

  test('that the policy could never match is refused, with the way out', () => {
    const mistaken = (loginIn: (stack: Stack) => GuardLogin) => () =>
      synthesizeGuard((stack) => ({ databases: [databaseWith(loginIn(stack))] }));
    expect(mistaken(() => ({ secretArn: PARTIAL }))).toThrow('six characters');
    expect(mistaken((stack) => ({ secret: Secret.fromSecretNameV2(stack, 'S', 'guard-orders') }))).toThrow(
      'its full ARN, or { secretName }',
    );
  });
});

describe('the namespace of the metrics', () => {
  const databases = [{ name: 'a', host: 'a', login, securityGroups: [] }];

  test('is that of the policy, the alarms, the dashboard and the function', () => {
    const synthesis = synthesizeGuard(() => ({ databases, namespace: 'Team/Guard' }));
    const text = JSON.stringify(synthesis.template);
    expect(text).not.toContain('"RdsConnectionGuard"');
    expect(text).toContain('"GUARD_METRIC_NAMESPACE":"Team/Guard"');
    expect(text).toContain('"cloudwatch:namespace":"Team/Guard"');
    expect(text).toContain(String.raw`SEARCH('{\\\"Team/Guard\\\",Database}`);
    for (const [, { Namespace }] of ofType(synthesis, 'AWS::CloudWatch::Alarm'))
      expect(String(Namespace)).toMatch(/^(?:Team\/Guard|AWS\/\w+)$/);
  });

  test('may not be shared by two guards of an app that watch a database of the same name', () => {
    const twice = (second: Partial<ConnectionGuardProps>) => () =>
      synthesizeStack((app) => {
        const stack = new Stack(app, 'Other');
        const vpc = vpcIn(stack);
        new ConnectionGuard(stack, 'One', { vpc, databases });
        new ConnectionGuard(stack, 'Two', { vpc, databases, ...second });
        return stack;
      });
    expect(twice({})).toThrow('Give one of the two guards another namespace');
    expect(twice({ namespace: 'Two' })).not.toThrow();
    expect(twice({ databases: databases.map((one) => ({ ...one, name: 'b' })) })).not.toThrow();
  });

  test('makes metrics for an app’s own alarms', () => {
    synthesizeStack((app) => {
      const stack = new Stack(app, 'Other');
      const guard = new ConnectionGuard(stack, 'Guard', { vpc: vpcIn(stack), databases, namespace: 'N' });
      expect(guard.databaseNames).toEqual(['a']);
      expect(guard.metricUtilization('a').toMetricConfig().metricStat).toMatchObject({
        namespace: 'N',
        metricName: 'ConnectionUtilization',
        statistic: 'Maximum',
        dimensions: [{ name: 'Database', value: 'a' }],
      });
      return stack;
    });
  });
});

describe('alarms', () => {
  const databases = ['a', 'b'].map((name) => ({ name, host: name, login, securityGroups: [] }));
  const alarmsWith = (props: Partial<ConnectionGuardProps>) => {
    const synthesis = synthesizeGuard(() => ({ databases, ...props }));
    return ofType(synthesis, 'AWS::CloudWatch::Alarm').filter(([id]) => !id.includes('AlarmsGuard'));
  };

  test('for the fleet are three for any number of databases, and the function counts for them', () => {
    expect(alarmsWith({})).toHaveLength(6);
    expect(alarmsWith({ alarms: 'fleet' }).map(([, alarm]) => alarm)).toMatchObject([
      { MetricName: 'DatabasesUnreachable', Statistic: 'Sum', TreatMissingData: 'breaching' },
      { MetricName: 'DatabasesCritical', Statistic: 'Sum', TreatMissingData: 'ignore' },
      { MetricName: 'DatabasesFull', Statistic: 'Sum', TreatMissingData: 'ignore' },
    ]);
    const synthesis = synthesizeGuard(() => ({ databases, alarms: 'fleet' }));
    expect(JSON.stringify(ofType(synthesis, 'AWS::Lambda::Function'))).toContain('"GUARD_FLEET_COUNTS":"on"');
  });

  test('of databases can be left out, and tell no end', () => {
    expect(alarmsWith({ alarms: 'none' })).toEqual([]);
    for (const [, { OKActions }] of alarmsWith({ okActions: false })) expect(OKActions).toBeUndefined();
  });
});

test('names that become one id in the construct tree are refused, both by name', () => {
  const named =
    (...names: string[]) =>
    () =>
      synthesizeGuard(() => ({
        databases: names.map((name) => ({ name, host: 'h', login, securityGroups: [] })),
      }));
  expect(named('a/b', 'a b')).toThrow('"a/b" and "a b"');
  expect(named('a', 'a')).toThrow('"a" twice');
});

test('a team’s own role, log group, security group and sizes are taken, and none is created beside them', () => {
  const synthesis = synthesizeGuard((stack) => ({
    databases: [{ name: 'a', host: 'a', login, securityGroups: [] }],
    role: Role.fromRoleArn(stack, 'Role', 'arn:aws:iam::111122223333:role/given'),
    logGroup: LogGroup.fromLogGroupName(stack, 'Log', 'given-log'),
    securityGroup: SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-0123456789abcdef0'),
    memorySize: 512,
    tracing: Tracing.ACTIVE,
    architecture: Architecture.X86_64,
    dashboard: false,
    logLevel: ApplicationLogLevel.WARN,
    encryptionKey: false,
    ipv6: true,
  }));
  const [[, fn] = ['', {}]] = ofType(synthesis, 'AWS::Lambda::Function');
  expect(resolve(synthesis.template, fn)).toMatchObject({
    Role: 'arn:aws:iam::111122223333:role/given',
    Architectures: ['x86_64'],
    MemorySize: 512,
    TracingConfig: { Mode: 'Active' },
    LoggingConfig: { LogGroup: 'given-log', ApplicationLogLevel: 'WARN' },
    VpcConfig: { SecurityGroupIds: ['sg-0123456789abcdef0'], Ipv6AllowedForDualStack: true },
  });
  for (const type of [
    'AWS::Logs::LogGroup',
    'AWS::EC2::SecurityGroup',
    'AWS::CloudWatch::Dashboard',
    'AWS::KMS::Key',
  ])
    expect(ofType(synthesis, type)).toEqual([]);
  expect(ofType(synthesis, 'AWS::IAM::Role').map(([id]) => id)).toEqual([
    expect.stringContaining('Schedules'),
  ]);
});

test('a permissions boundary bounds every role, and removal can be retained', () => {
  const synthesis = synthesizeStack((app) => {
    const stack = new Stack(app, 'Other');
    const guard = new ConnectionGuard(stack, 'Guard', {
      vpc: vpcIn(stack),
      removalPolicy: RemovalPolicy.RETAIN,
      databases: [{ name: 'a', host: 'a', login, securityGroups: [], postgresqlLogGroup: 'log' }],
    });
    PermissionsBoundary.of(guard).apply(ManagedPolicy.fromAwsManagedPolicyName('PowerUserAccess'));
    return stack;
  });
  const roles = ofType(synthesis, 'AWS::IAM::Role');
  expect(roles).toHaveLength(3);
  for (const [, { PermissionsBoundary: boundary }] of roles) expect(boundary).toBeDefined();
  const retained = Object.values(synthesis.template.Resources).filter(
    ({ DeletionPolicy }) => DeletionPolicy === 'Retain',
  );
  expect(retained.map(({ Type }) => Type).sort()).toEqual(['AWS::DynamoDB::Table', 'AWS::Logs::LogGroup']);
});

test('a caFile is read at synthesis and shipped where the event says that it is', () => {
  const directory = mkdtempSync(join(tmpdir(), 'guard-ca-'));
  try {
    const caFile = join(directory, 'own-ca.pem');
    writeFileSync(caFile, '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n');
    const withFile = (file: string) => ({
      name: 'a',
      host: 'a',
      login,
      securityGroups: [],
      tls: { caFile: file },
    });
    expect(() => synthesizeGuard(() => ({ databases: [withFile(join(directory, 'none.pem'))] }))).toThrow(
      'databases[0].tls.caFile',
    );
    const app = testApp(directory);
    const stack = new Stack(app, 'Other');
    new ConnectionGuard(stack, 'Guard', { vpc: vpcIn(stack), databases: [withFile(caFile)] });
    app.synth();
    const template = readFileSync(join(directory, 'Other.template.json'), 'utf8');
    const [, path = ''] = /caFile[^/]*\/var\/task\/(ca\/[0-9a-f]{16}\.pem)/.exec(template) ?? [];
    const files = readdirSync(directory, { recursive: true }).map(String);
    expect(files.filter((file) => path !== '' && file.endsWith(path))).toHaveLength(1);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('an endpoint behind which each login may reach another instance is refused, the writer’s warned of', () => {
  const messages = (host: string) =>
    synthesizeGuard(() => ({ databases: [{ name: 'a', host, login, securityGroups: [] }] })).messages.join();
  for (const host of [
    'shop.cluster-ro-abc.eu-central-1.rds.amazonaws.com',
    'shop.cluster-custom-abc.rds.cn-north-1.amazonaws.com.cn',
    'shop.proxy-abc.rds.cn-north-1.amazonaws.com.cn',
  ])
    expect(() => messages(host)).toThrow('databases[0].host');
  expect(messages('shop.cluster-abc.eu-central-1.rds.amazonaws.com')).toContain('writer endpoint');
  expect(messages('shop.global-abc.global.rds.amazonaws.com')).toContain('writer endpoint');
  expect(messages('shop-1.abc.eu-central-1.rds.amazonaws.com')).toBe('');
});

test('another engine, and IAM login with IAM authentication off, are refused', () => {
  const vpcAnd = (stack: Stack, props: { mysql?: boolean; iamAuthentication?: boolean }) => {
    const engine = props.mysql
      ? DatabaseInstanceEngine.mysql({ version: MysqlEngineVersion.VER_8_0 })
      : DatabaseInstanceEngine.postgres({ version: PostgresEngineVersion.VER_17 });
    const { iamAuthentication = true } = props;
    return new DatabaseInstance(stack, 'Db', {
      vpc: vpcIn(new Stack(stack, 'Net')),
      engine,
      iamAuthentication,
    });
  };
  const guarded = (props: { mysql?: boolean; iamAuthentication?: boolean }) => () =>
    synthesizeGuard((stack) => ({
      databases: [{ name: 'a', instance: vpcAnd(stack, props), login: { iam: { user: 'g' } } }],
    }));
  expect(guarded({})).not.toThrow();
  expect(guarded({ mysql: true })).toThrow('the engine mysql');
  expect(guarded({ iamAuthentication: false })).toThrow('databases[0].instance.iamAuthentication');
});

test('settings that the configuration file has too are checked alike, and what the deployment knows is taken', () => {
  const databases = [{ name: 'a', host: 'a', login, securityGroups: [] }];
  const given = (props: Partial<ConnectionGuardProps>) => () =>
    synthesizeGuard(() => ({ databases, ...props }));
  for (const [key, value] of Object.entries({
    namespace: 'AWS/RDS',
    databasesPerRun: 26,
    memorySize: 64,
    timeZone: 'Mars/Olympus',
    docsUrl: 'http://docs',
  }))
    expect(given({ [key]: value })).toThrow(`  ${key}: found `);
  const known = synthesizeGuard((stack) => ({
    databases,
    timeZone: new CfnParameter(stack, 'Zone').valueAsString,
  }));
  expect(JSON.stringify(known.template)).toContain('"GUARD_TIME_ZONE":{"Ref":"Zone"}');
});

test('a database without a place or a login, or with two of them, is told so', () => {
  const mistaken = (database: object) => () =>
    synthesizeGuard(() => ({
      databases: [{ name: 'a', host: 'a', login, securityGroups: [], ...database }],
    }));
  expect(mistaken({ cluster: {} })).toThrow(
    'databases[0].host: found host and cluster; allowed: one of host,',
  );
  expect(mistaken({ login: {} })).toThrow('databases[0].login: found none; allowed: one of iam,');
  expect(mistaken({ login: undefined })).toThrow('databases[0].login: found none');
});

test('an imported cluster needs no resource id where the login names one, or is a secret', () => {
  const clusterIn = (stack: Stack) =>
    DatabaseCluster.fromDatabaseClusterAttributes(stack, 'Cluster', {
      clusterIdentifier: 'shop',
      instanceIdentifiers: ['shop-1'],
      instanceEndpointAddresses: ['shop-1.abc.eu-central-1.rds.amazonaws.com'],
      port: 5432,
    });
  for (const known of [login, { iam: { user: 'g', resourceId: 'cluster-ABC' } }])
    expect(() =>
      synthesizeGuard((stack) => ({
        databases: [{ name: 'shop', cluster: clusterIn(stack), login: known }],
      })),
    ).not.toThrow();
});

test('every mistake comes at once, by path', () => {
  const mistakes = () =>
    synthesizeGuard(() => ({
      databases: [
        { name: 'a', host: 'a', login: { iam: { user: 'g' } } },
        { name: 'a', host: 'x.proxy-c0ffee.eu-central-1.rds.amazonaws.com', login, securityGroups: [] },
        { name: 'c', host: 'c', login, securityGroups: [], sampleEvery: 61 },
      ],
    }));
  for (const path of [
    'databases[0].login.iam.resourceId',
    'databases[0].securityGroups',
    'databases[1].host',
    'databases[2].sampleEvery',
  ])
    expect(mistakes).toThrow(path);
});
