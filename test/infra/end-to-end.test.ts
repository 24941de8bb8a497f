import './offline.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AwsEndpoint, startAwsEndpoint } from '../../local/aws/endpoint.ts';
import { type LambdaEnvironment, startLambdaEnvironment } from '../../local/function/environment.ts';
import { createMonitor, createRole } from '../../local/postgres/roles.ts';
import { type PostgresServer, startPostgres } from '../../local/postgres/server.ts';
import { BUNDLE_FILE, ONE_SAMPLE } from '../support/guard.ts';
import { holdSessions } from '../support/sessions.ts';
import { oneInstance } from './examples.ts';
import { allows, recordOf, type Statement, statementsOf } from './policies.ts';
import { ACCOUNT, REGION, resolve } from './resolve.ts';
import { ofType, type Synthesis, synthesize } from './synth.ts';

// The deployed bytes, with the event and the environment variables of the synthesized template, against a real
// PostgreSQL; then every call that was made is held against the role that the template gives the function.

const SECRET = `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:guard-AbCdEf`;

let server: PostgresServer;
let synthesis: Synthesis;
let aws: AwsEndpoint;
let guard: LambdaEnvironment;
let event: unknown;

beforeAll(async () => {
  server = await startPostgres({ maxConnections: 20 });
  const { user, password } = await createMonitor(server);
  synthesis = synthesize({
    ...oneInstance,
    databases: [
      {
        name: 'orders',
        host: server.host,
        port: server.port,
        login: { secretArn: SECRET },
        tls: { mode: 'disable' },
        thresholds: { warning: 4, critical: 8 },
      },
    ],
  });
  const [[, schedule] = ['', {}]] = ofType(synthesis, 'AWS::Scheduler::Schedule');
  event = JSON.parse(String(resolve(synthesis.template, recordOf(schedule['Target'])['Input'])));
  const [[, fn] = ['', {}]] = ofType(synthesis, 'AWS::Lambda::Function');
  const variables = recordOf(resolve(synthesis.template, recordOf(fn['Environment'])['Variables']));
  const text = Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, String(value)]));
  aws = await startAwsEndpoint({
    topics: [...new Set([text['GUARD_WARNING_TOPIC_ARN'] ?? '', text['GUARD_CRITICAL_TOPIC_ARN'] ?? ''])],
    tables: [text['GUARD_TABLE_NAME'] ?? ''],
    secrets: { [SECRET]: JSON.stringify({ username: user, password }) },
  });
  guard = await startLambdaEnvironment({
    bundleFile: BUNDLE_FILE,
    variables: { ...text, ...aws.environment() },
  });
});

afterAll(async () => {
  await guard?.stop();
  await aws?.close();
  await server?.stop();
});

test('the event and the environment of the template make the bundle sample, publish, tell and remember', async () => {
  const app = await createRole(server);
  await using _sessions = await holdSessions(server, app, 9);
  expect(await guard.invoke(event, ONE_SAMPLE)).toMatchObject({
    databases: [{ name: 'orders', level: 'critical', lastObservation: 'sample', alertsSent: 1 }],
  });
  const [message] = aws.messages;
  expect(message?.bodies.default).toContain('#dashboards/dashboard/RdsConnectionGuard');
  // The address that the stack writes has two places, which the function fills in.
  expect(message?.bodies.default).toMatch(
    /#logsV2:logs-insights\$3FqueryDetail\$3D\$257E\$2528end\$257E0.*\$257EeditorString\$257E\$2527fields\*20/,
  );
});

test('the role allows every call that was made, and little else', () => {
  const statements = ofType(synthesis, 'AWS::IAM::Policy')
    .filter(([id]) => id.startsWith('GuardRole') || id.includes('NoInterfaces'))
    .flatMap(([, { PolicyDocument }]) => statementsOf(synthesis, PolicyDocument));
  const calls = aws.calls.map(({ service, action, resource, namespace }) => ({
    action: `${service}:${action}`,
    resource,
    namespace,
  }));
  expect(new Set(calls.map(({ action }) => action))).toEqual(
    new Set([
      'secretsmanager:GetSecretValue',
      'dynamodb:GetItem',
      'dynamodb:UpdateItem',
      'cloudwatch:PutMetricData',
      'sns:Publish',
    ]),
  );
  for (const { action, resource, namespace } of calls) {
    expect([action, resource, allows(statements.filter(holds(namespace)), action, resource)]).toEqual([
      action,
      resource,
      true,
    ]);
  }
  const made = new Set(calls.map(({ action }) => action));
  const unused = statements
    .filter(({ effect }) => effect === 'Allow')
    .flatMap(({ actions }) => actions.filter((action) => !made.has(action)));
  expect(unused.sort((a, b) => a.localeCompare(b))).toEqual([
    // Lambda itself enters the VPC with the role; the code is denied these.
    'ec2:AssignPrivateIpAddresses',
    'ec2:CreateNetworkInterface',
    'ec2:DeleteNetworkInterface',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeSubnets',
    'ec2:UnassignPrivateIpAddresses',
    // SNS uses the key of the created topics on behalf of whoever publishes.
    'kms:Decrypt',
    'kms:GenerateDataKey',
    // Lambda itself writes the log and hands over events that failed.
    'logs:CreateLogStream',
    'logs:PutLogEvents',
    'sqs:SendMessage',
  ]);
});

/** Does the one condition that the role has, the namespace of metrics, hold? */
function holds(namespace: string | null): (statement: Statement) => boolean {
  return ({ effect, conditions }) =>
    effect === 'Deny' ||
    Object.keys(conditions).length === 0 ||
    conditions['StringEquals']?.['cloudwatch:namespace'] === namespace;
}
