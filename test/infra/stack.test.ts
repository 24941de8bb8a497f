import './offline.ts';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../infra/config/parse-config.ts';
import type { ConfigInput } from '../../infra/config/settings.ts';
import { ConnectionGuardStack } from '../../infra/stack.ts';
import { auroraWithSlack, fleetOf, oneInstance } from './examples.ts';
import { listOf, recordOf, statementsOf } from './policies.ts';
import { resolve } from './resolve.ts';
import { ofType, type Synthesis, synthesize, synthesizeStack } from './synth.ts';

const one = synthesize(oneInstance);
const aurora = synthesize(auroraWithSlack);

/** The one resource of a type whose logical id holds `name`. */
function single(synthesis: Synthesis, type: string, name = ''): Record<string, unknown> {
  const found = ofType(synthesis, type).filter(([id]) => id.includes(name));
  expect(found.map(([id]) => id)).toHaveLength(1);
  return found[0]?.[1] ?? {};
}

function eventsOf(synthesis: Synthesis): unknown[] {
  return ofType(synthesis, 'AWS::Scheduler::Schedule').map(([, { Target }]) =>
    JSON.parse(String(resolve(synthesis.template, recordOf(Target)['Input']))),
  );
}

test.each([
  ['one instance', oneInstance],
  ['an Aurora cluster with Slack', auroraWithSlack],
])('the template of %s stays as it is', (name, config: ConfigInput) => {
  const masked = JSON.stringify(synthesize(config).template, null, 1).replace(/[0-9a-f]{64}/g, 'HASH');
  return expect(`${masked}\n`).toMatchFileSnapshot(`./__snapshots__/${name.replaceAll(' ', '-')}.json`);
});

describe('the function', () => {
  test('runs on Node.js 24 on arm64 with JSON logs, within its minute', () => {
    expect(single(one, 'AWS::Lambda::Function')).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      MemorySize: 256,
      Timeout: 65,
      Handler: 'index.handler',
      LoggingConfig: { LogFormat: 'JSON', ApplicationLogLevel: 'INFO' },
      ReservedConcurrentExecutions: 2,
    });
    expect(single(one, 'AWS::Lambda::EventInvokeConfig')).toMatchObject({
      MaximumRetryAttempts: 0,
      MaximumEventAgeInSeconds: 60,
    });
    expect(single(one, 'AWS::Logs::LogGroup')).toEqual({ RetentionInDays: 30 });
  });

  test('reserves concurrency for two runs of every event, so that a repeated one holds up no other, and none when switched off', () => {
    const reserved = (config: ConfigInput) =>
      single(synthesize(config), 'AWS::Lambda::Function')['ReservedConcurrentExecutions'];
    expect(reserved(fleetOf(60))).toBe(6);
    expect(reserved({ ...fleetOf(60), databasesPerRun: 10 })).toBe(12);
    expect(reserved({ ...oneInstance, reservedConcurrency: false })).toBeUndefined();
  });

  test('may log in as the one role of the one instance, or read the one secret', () => {
    const logins = (synthesis: Synthesis) =>
      ofType(synthesis, 'AWS::IAM::Policy')
        .flatMap(([, { PolicyDocument }]) => statementsOf(synthesis, PolicyDocument))
        .filter(({ actions }) => actions.some((action) => /^(?:rds-db|secretsmanager):/.test(action)))
        .flatMap(({ actions, resources }) => [...actions, ...resources]);
    expect(logins(one)).toEqual([
      'rds-db:connect',
      'arn:aws:rds-db:eu-central-1:123456789012:dbuser:db-ABCDEFGHIJKLMNOPQRSTUVWXYZ/connection_guard',
    ]);
    expect(logins(aurora)).toEqual([
      'secretsmanager:GetSecretValue',
      'arn:aws:secretsmanager:eu-central-1:111122223333:secret:shop-guard-AbCdEf',
    ]);
  });

  test('may not use the network interface actions that Lambda needs for it', () => {
    const denied = statementsOf(one, single(one, 'AWS::IAM::Policy', 'NoInterfaces')['PolicyDocument']);
    expect(denied).toMatchObject([
      {
        effect: 'Deny',
        conditions: { ArnEquals: { 'lambda:SourceFunctionArn': expect.stringContaining('function:') } },
      },
    ]);
  });
});

describe('the schedule', () => {
  test('comes each minute, without window or retry, and hands over no event older than a minute', () => {
    expect(single(one, 'AWS::Scheduler::Schedule')).toMatchObject({
      ScheduleExpression: 'rate(1 minute)',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: {
        RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 },
        DeadLetterConfig: { Arn: expect.anything() },
      },
    });
  });

  test('carries the databases with the file’s defaults, each instance of a cluster for itself', () => {
    expect(eventsOf(aurora)).toEqual([
      {
        databases: ['writer', 'reader'].map((instance, index) =>
          expect.objectContaining({
            name: `shop/${instance}`,
            host: `shop-${index + 1}.cabcdefghijk.eu-central-1.rds.amazonaws.com`,
            port: 5432,
            thresholds: { warning: 100, critical: 150 },
            reclaim: { mode: 'terminate' },
            alerts: { clearAfter: 300 },
          }),
        ),
      },
    ]);
  });
});

describe('the network', () => {
  test('lets nothing in, and out only the database port and HTTPS', () => {
    const group = single(one, 'AWS::EC2::SecurityGroup');
    expect(group['SecurityGroupIngress']).toBeUndefined();
    expect(listOf(group['SecurityGroupEgress'])).toMatchObject([{ FromPort: 443, ToPort: 443 }]);
    expect(ofType(one, 'AWS::EC2::SecurityGroupEgress').map(([, rule]) => rule)).toMatchObject([
      { FromPort: 5432, ToPort: 5432, DestinationSecurityGroupId: 'sg-0123456789abcdef0' },
    ]);
  });

  test('opens a security group that databases share once for each port', () => {
    expect(
      ofType(aurora, 'AWS::EC2::SecurityGroupIngress').map(([, { GroupId, FromPort }]) => [
        GroupId,
        FromPort,
      ]),
    ).toContainEqual(['sg-0123456789abcdef0', 5432]);
    expect(ofType(synthesize(fleetOf(3)), 'AWS::EC2::SecurityGroupIngress')).toHaveLength(1);
  });

  test('creates the endpoints asked for and no others, and never a NAT gateway', () => {
    const services = (synthesis: Synthesis) =>
      ofType(synthesis, 'AWS::EC2::VPCEndpoint').map(([, { ServiceName, VpcEndpointType }]) => [
        String(resolve(synthesis.template, ServiceName)).split('.').at(-1),
        VpcEndpointType,
      ]);
    expect(services(one)).toEqual([]);
    expect(services(aurora)).toEqual([
      ['monitoring', 'Interface'],
      ['sns', 'Interface'],
      ['secretsmanager', 'Interface'],
      ['dynamodb', 'Gateway'],
    ]);
    for (const synthesis of [one, aurora]) expect(ofType(synthesis, 'AWS::EC2::NatGateway')).toEqual([]);
  });
});

describe('notifications', () => {
  test('go by email to both created topics, encrypted, and by TLS only', () => {
    expect(
      ofType(one, 'AWS::SNS::Subscription').map(([, { Protocol, Endpoint }]) => [Protocol, Endpoint]),
    ).toEqual([
      ['email', 'on-call@example.com'],
      ['email', 'on-call@example.com'],
    ]);
    for (const [, topic] of ofType(one, 'AWS::SNS::Topic')) expect(topic).toHaveProperty('KmsMasterKeyId');
    for (const [, { PolicyDocument }] of ofType(one, 'AWS::SNS::TopicPolicy'))
      expect(statementsOf(one, PolicyDocument)).toContainEqual(
        expect.objectContaining({ effect: 'Deny', conditions: { Bool: { 'aws:SecureTransport': 'false' } } }),
      );
  });

  test('go to Slack with a guardrail that can only read, from every topic', () => {
    expect(resolve(aurora.template, single(aurora, 'AWS::Chatbot::SlackChannelConfiguration'))).toMatchObject(
      {
        GuardrailPolicies: ['arn:aws:iam::aws:policy/CloudWatchReadOnlyAccess'],
        SlackWorkspaceId: 'T0123ABCD',
        SnsTopicArns: expect.arrayContaining(['arn:aws:sns:eu-central-1:111122223333:pager']),
      },
    );
  });

  test('go to a given topic instead of a created one', () => {
    const { Environment } = single(aurora, 'AWS::Lambda::Function');
    expect(resolve(aurora.template, recordOf(Environment)['Variables'])).toMatchObject({
      GUARD_CRITICAL_TOPIC_ARN: 'arn:aws:sns:eu-central-1:111122223333:pager',
      GUARD_WARNING_TOPIC_ARN: expect.stringContaining(':123456789012:'),
      GUARD_TIME_ZONE: 'Europe/Berlin',
    });
  });
});

describe('state and outputs', () => {
  test('the table is on demand, encrypted, forgets by itself, and can be restored unless that is switched off', () => {
    const table = single(one, 'AWS::DynamoDB::Table');
    expect(table).toMatchObject({
      BillingMode: 'PAY_PER_REQUEST',
      SSESpecification: { SSEEnabled: true },
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    });
    const without = synthesize({ ...oneInstance, pointInTimeRecovery: false });
    expect(single(without, 'AWS::DynamoDB::Table')).toMatchObject({
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: false },
    });
  });

  test('the outputs give topics, function, dashboard and the statements for each role, under names that do not change with others', () => {
    const values = Object.entries(one.template.Outputs).map(([id, { Value }]) => [
      id,
      resolve(one.template, Value),
    ]);
    expect(values.map(([id]) => id)).toEqual([
      'GuardFunctionName',
      'GuardLogGroup',
      'GuardDashboardUrl',
      'GuardWarningTopic',
      'GuardCriticalTopic',
      'GuardAlarmTopic',
      'GuardRoleSqlIam',
    ]);
    expect(values.at(-1)?.[1]).toContain('GRANT rds_iam TO "connection_guard"');
    expect(JSON.stringify(aurora.template.Outputs['GuardRoleSqlPasswordTerminate'])).toContain(
      'GRANT pg_signal_backend',
    );
  });

  test('the dashboard has a line for every form of threshold, the runbook, and one set of widgets for any database', () => {
    const { DashboardBody, DashboardName } = single(synthesize(fleetOf(3)), 'AWS::CloudWatch::Dashboard');
    const body = JSON.stringify(DashboardBody);
    for (const expression of ['usable * 85 / 100', 'usable * 0 + 150', 'usable - 20'])
      expect(body).toContain(expression);
    expect(body).toContain('When slots run out');
    expect(body).toContain('CHOSEN_DATABASE');
    expect(body).toContain('Chosen database: who held the slots');
    expect(body).toMatch(/bin\(CHOSEN_STEP\) as time, application, role/);
    expect(JSON.stringify(single(one, 'AWS::Lambda::Function'))).toContain(
      String(single(one, 'AWS::CloudWatch::Dashboard')['DashboardName']),
    );
    expect(DashboardName).toMatch(/^[\w-]+$/);
  });
});

test('nothing to look up: the example synthesizes without account or region', () => {
  expect(parseConfig(oneInstance, 'x').databases.every(({ lookup }) => lookup === null)).toBe(true);
  expect(one.messages.concat(aurora.messages)).toEqual([]);
});

describe('lookups', () => {
  const { subnetIds: _, databaseSecurityGroupId: __, ...network } = oneInstance.network;
  const config: ConfigInput = {
    ...oneInstance,
    network,
    databases: [
      {
        name: 'shop',
        lookup: { cluster: 'shop', instances: ['shop-1', 'shop-2'] },
        login: { iam: { user: 'g' } },
      },
      { name: 'orders', lookup: { instance: 'orders-prod' }, login: { iam: { user: 'g' } } },
    ],
  };

  test('by VPC id and identifiers are asked of the CDK CLI, each once', () => {
    const { missing } = synthesizeStack(
      (app) =>
        new ConnectionGuardStack(app, 'Guarded', {
          config: parseConfig(config, 'x'),
          env: { account: '111122223333', region: 'eu-central-1' },
        }),
    );
    expect(
      missing.map(({ props }) => JSON.stringify(props).match(/vpc-id":"[^"]+|exactIdentifier":"[^"]+/)?.[0]),
    ).toEqual([
      'vpc-id":"vpc-0123456789abcdef0',
      'exactIdentifier":"shop-1',
      'exactIdentifier":"shop',
      'exactIdentifier":"shop-2',
      'exactIdentifier":"orders-prod',
    ]);
  });
});

describe('a configuration of its own', () => {
  test('sets account, region, tags, protection, boundary and every switch', () => {
    const synthesis = synthesize({
      ...oneInstance,
      account: '111122223333',
      region: 'eu-west-1',
      tags: { team: 'data' },
      namespace: 'Data/Guard',
      metrics: 'essential',
      alarms: 'fleet',
      dashboard: false,
      okActions: false,
      memorySize: 512,
      architecture: 'x86_64',
      logLevel: 'WARN',
      encryptionKey: false,
      permissionsBoundaryArn: 'arn:aws:iam::111122223333:policy/boundary',
    });
    for (const [, { PermissionsBoundary }] of ofType(synthesis, 'AWS::IAM::Role'))
      expect(PermissionsBoundary).toBe('arn:aws:iam::111122223333:policy/boundary');
    expect(single(synthesis, 'AWS::Lambda::Function')).toMatchObject({
      MemorySize: 512,
      Architectures: ['x86_64'],
      LoggingConfig: { ApplicationLogLevel: 'WARN' },
      Environment: { Variables: { GUARD_METRICS: 'essential', GUARD_METRIC_NAMESPACE: 'Data/Guard' } },
    });
    expect(synthesis.tags).toEqual({ team: 'data' });
    expect(ofType(synthesis, 'AWS::CloudWatch::Alarm').filter(([id]) => id.includes('Fleet'))).toHaveLength(
      3,
    );
    expect(ofType(synthesis, 'AWS::KMS::Key')).toEqual([]);
  });

  test('takes a host from an SSM parameter, and leaves security groups alone', () => {
    const [orders] = oneInstance.databases;
    const synthesis = synthesize({
      network: { ...oneInstance.network, databaseSecurityGroupId: false },
      databases: [
        { ...orders, name: 'orders', host: { ssm: '/prod/orders/host' }, login: { secretName: 'guard' } },
      ],
    });
    expect(ofType(synthesis, 'AWS::EC2::SecurityGroupIngress')).toEqual([]);
    expect(JSON.stringify(single(synthesis, 'AWS::Scheduler::Schedule'))).toContain('prodordershost');
    expect(JSON.stringify(synthesis.template)).toContain('"Default":"/prod/orders/host"');
  });

  test('without a namespace of its own is warned of, when the stack is not the default one', () => {
    const messages = (config: ConfigInput) => synthesize(config).messages.join();
    expect(messages({ ...oneInstance, stackName: 'Second' })).toContain('Set a namespace of its own');
    expect(messages({ ...oneInstance, stackName: 'Second', namespace: 'Second' })).toBe('');
  });
});
