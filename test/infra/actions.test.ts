import './offline.ts';
import { Stack } from 'aws-cdk-lib';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { DatabaseInstance, DatabaseInstanceEngine, PostgresEngineVersion } from 'aws-cdk-lib/aws-rds';
import { expect, test } from 'vitest';
import { ConnectionGuard } from '../../infra/connection-guard.ts';
import { fleetOf, oneInstance } from './examples.ts';
import { recordOf, statementsOf } from './policies.ts';
import { resolve } from './resolve.ts';
import { ofType, type Synthesis, synthesize, synthesizeStack } from './synth.ts';

const withActions = synthesize({ ...oneInstance, actions: { terminate: true } });

/** The variables of a function, by the beginning of its logical id. */
function variablesOf(synthesis: Synthesis, id: string): Record<string, unknown> {
  const [, fn] = ofType(synthesis, 'AWS::Lambda::Function').find(([name]) => name.startsWith(id)) ?? [];
  return recordOf(resolve(synthesis.template, recordOf(fn?.['Environment'])['Variables']));
}

test('without the setting there is no second function, and the guard offers no command of it', () => {
  const plain = synthesize(oneInstance);
  expect(ofType(plain, 'AWS::Lambda::Function').filter(([id]) => id.startsWith('GuardActions'))).toEqual([]);
  expect(variablesOf(plain, 'GuardFunction')).not.toHaveProperty('GUARD_ACTIONS_FUNCTION');
  expect(variablesOf(synthesize({ ...oneInstance, actions: {} }), 'GuardActions')).toMatchObject({
    GUARD_ACTIONS_TERMINATE: 'off',
  });
});

test('the guard knows the name of the function, and its role in PostgreSQL may then signal', () => {
  expect(variablesOf(withActions, 'GuardFunction')).toMatchObject({
    GUARD_ACTIONS_FUNCTION: expect.stringContaining('GuardActions'),
    GUARD_ACTIONS_TERMINATE: 'on',
  });
  expect(JSON.stringify(withActions.template.Outputs)).toContain('GRANT pg_signal_backend');
});

test('the dashboard has a widget of it for the chosen database, and of no other', () => {
  const body = JSON.stringify(ofType(withActions, 'AWS::CloudWatch::Dashboard')).replaceAll('\\"', '"');
  expect(body).toContain('"params":{"database":"CHOSEN_DATABASE"}');
  expect(body.match(/GuardActionsFunction\w+","Arn"/g)).toHaveLength(1);
});

test('its role reads and updates items of the one table and logs in as the guard does, and may do nothing else', () => {
  const statements = ofType(withActions, 'AWS::IAM::Policy')
    .filter(([id]) => id.startsWith('GuardActions'))
    .flatMap(([, { PolicyDocument }]) => statementsOf(withActions, PolicyDocument));
  const allowed = statements.filter(({ effect }) => effect === 'Allow').flatMap(({ actions }) => actions);
  expect(allowed.filter((action) => !action.startsWith('ec2:')).sort((a, b) => a.localeCompare(b))).toEqual([
    'dynamodb:GetItem',
    'dynamodb:UpdateItem',
    'logs:CreateLogStream',
    'logs:PutLogEvents',
    'rds-db:connect',
  ]);
  // Lambda enters the VPC with the role; the code is denied that.
  const denied = statements.filter(({ effect }) => effect === 'Deny').flatMap(({ actions }) => actions);
  expect(new Set(allowed.filter((action) => action.startsWith('ec2:')))).toEqual(new Set(denied));
  const ofGuard = ofType(withActions, 'AWS::IAM::Policy')
    .filter(([id]) => id.startsWith('GuardRole'))
    .flatMap(([, { PolicyDocument }]) => statementsOf(withActions, PolicyDocument));
  const login = (of: typeof statements) =>
    of.find(({ actions }) => actions.includes('rds-db:connect'))?.resources;
  expect(login(statements)).toEqual(login(ofGuard));
});

test('with discovery it may log in as the profiles say, and knows them by their digests', () => {
  const domain = 'cabcdefghijk.eu-central-1.rds.amazonaws.com';
  const profiles = { standard: { login: { iam: { user: 'fleet_guard' } } } };
  const found = synthesize({ ...oneInstance, actions: {}, discover: { domain, profiles } });
  expect(variablesOf(found, 'GuardActions')['GUARD_PINNED_PROFILES']).toBe(
    variablesOf(found, 'GuardFunction')['GUARD_PINNED_PROFILES'],
  );
  expect(variablesOf(withActions, 'GuardActions')).not.toHaveProperty('GUARD_PINNED_PROFILES');
  const logins = ofType(found, 'AWS::IAM::Policy')
    .filter(([id]) => id.startsWith('GuardActions'))
    .flatMap(([, { PolicyDocument }]) => statementsOf(found, PolicyDocument))
    .filter(({ actions }) => actions.includes('rds-db:connect'));
  expect(logins.flatMap(({ resources }) => resources)).toContainEqual(
    expect.stringMatching(/dbuser:\*\/fleet_guard$/),
  );
});

test('what only the deployment knows of a database stands in its environment, all else beside its code', () => {
  const stack = synthesizeStack((app) => {
    const created = new Stack(app, 'Shop');
    const vpc = Vpc.fromVpcAttributes(created, 'Vpc', {
      vpcId: 'vpc-0123456789abcdef0',
      availabilityZones: ['eu-central-1a', 'eu-central-1b'],
      privateSubnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
      privateSubnetRouteTableIds: ['rtb-0123456789abcdef0', 'rtb-0123456789abcdef0'],
    });
    const engine = DatabaseInstanceEngine.postgres({ version: PostgresEngineVersion.VER_17 });
    const instance = new DatabaseInstance(created, 'Orders', { vpc, engine });
    new ConnectionGuard(created, 'Guard', {
      vpc,
      databases: [
        {
          name: 'text',
          host: 'text.example.org',
          port: 5432,
          login: { iam: { user: 'guard', resourceId: 'db-TEXT' } },
          securityGroups: [],
        },
        { name: 'orders', instance, login: { secret: instance.secret ?? fail() } },
      ],
      actions: {},
    });
    return created;
  });
  const [, fn] = ofType(stack, 'AWS::Lambda::Function').find(([id]) => id.startsWith('GuardActions')) ?? [];
  const values = JSON.stringify(
    recordOf(recordOf(fn?.['Environment'])['Variables'])['GUARD_DATABASE_VALUES'],
  );
  for (const place of ['1.host', '1.port', '1.login.secretArn']) expect(values).toContain(place);
  expect(values).not.toContain('0.');
});

function fail(): never {
  throw new Error('the instance has no secret');
}

test('a fleet of 500 fits into its template and its role', () => {
  const fleet = synthesize({ ...fleetOf(500), actions: { terminate: true } });
  expect(fleet.messages).toEqual([]);
  expect(variablesOf(fleet, 'GuardActions')['GUARD_DATABASE_VALUES']).toBe('{}');
});
