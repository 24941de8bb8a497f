import './offline.ts';
import { Stack } from 'aws-cdk-lib';
import { type IVpc, Vpc } from 'aws-cdk-lib/aws-ec2';
import { DatabaseInstance, DatabaseInstanceEngine } from 'aws-cdk-lib/aws-rds';
import { expect, test } from 'vitest';
import type { ConfigInput } from '../../infra/config/settings.ts';
import { ConnectionGuard } from '../../infra/connection-guard.ts';
import { isPinned, pinsSchema } from '../../lambda/config/pins.ts';
import { parse } from '../../lambda/config/validation.ts';
import { auroraWithSlack, fleetOf, oneInstance } from './examples.ts';
import { recordOf } from './policies.ts';
import { resolve } from './resolve.ts';
import { ofType, type Synthesis, synthesize, synthesizeStack } from './synth.ts';

// What the template tells the function of its own events has to fit the events that its schedules send.

const SECRET = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:guard-AbCdEf';

function deployed(synthesis: Synthesis, attributes: Readonly<Record<string, string>> = {}) {
  const value = (part: unknown) => resolve(synthesis.template, part, attributes);
  const guard = ofType(synthesis, 'AWS::Lambda::Function').find(([id]) => id.includes('Guard'));
  const variables = recordOf(value(recordOf(guard?.[1]['Environment'])['Variables']));
  const events = ofType(synthesis, 'AWS::Scheduler::Schedule').map(([, { Target }]): unknown =>
    JSON.parse(String(value(recordOf(Target)['Input']))),
  );
  const pins = parse(pinsSchema, String(variables['GUARD_PINNED_EVENTS']), 'the variable');
  const bytes = Object.entries(variables).reduce(
    (sum, [name, text]) => sum + `${name}${String(text)}`.length,
    0,
  );
  return { events, pins, bytes };
}

function vpcOf(stack: Stack): IVpc {
  return Vpc.fromVpcAttributes(stack, 'Vpc', {
    vpcId: 'vpc-0123456789abcdef0',
    availabilityZones: ['eu-central-1a', 'eu-central-1b'],
    privateSubnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
  });
}

const withLogin = (config: ConfigInput, settings: object): ConfigInput => ({
  ...config,
  databases: config.databases.map((database) => ({ ...database, ...settings })),
});

test.each([
  ['one instance with a secret', withLogin(oneInstance, { login: { secretArn: SECRET } })],
  ['one that may terminate', withLogin(oneInstance, { reclaim: { mode: 'terminate' } })],
  ['one without TLS', withLogin(oneInstance, { tls: { mode: 'disable' } })],
  ['an Aurora cluster', withLogin(auroraWithSlack, { login: { secretArn: SECRET } })],
  ['500 databases with secrets', withLogin(fleetOf(500), { login: { secretArn: SECRET } })],
])('%s: each event is known, and all variables fit into 4 kB', (_, config) => {
  const { events, pins, bytes } = deployed(synthesize(config));
  expect(events.length).toBeGreaterThan(0);
  for (const event of events) expect(isPinned(event, pins)).toBe(true);
  expect(bytes).toBeLessThan(4096);
});

test('databases with IAM login and TLS, which may not terminate, need none', () => {
  expect(deployed(synthesize(oneInstance)).pins).toEqual([]);
});

test('an instance whose endpoint and secret only the deployment knows is known by them, and by no other', () => {
  const synthesis = synthesizeStack((app) => {
    const stack = new Stack(app, 'Shop', { env: { account: '123456789012', region: 'eu-central-1' } });
    const vpc = vpcOf(stack);
    const engine = DatabaseInstanceEngine.POSTGRES;
    const instance = new DatabaseInstance(stack, 'Database', { vpc, engine });
    const { secret } = instance;
    if (secret === undefined) throw new Error('no secret');
    new ConnectionGuard(stack, 'Guard', {
      vpc,
      databases: [{ name: 'shop', instance, login: { secret }, reclaim: { mode: 'terminate' } }],
    });
    return stack;
  });
  const attributes = {
    'Endpoint.Address': 'shop.abc.eu-central-1.rds.amazonaws.com',
    'Endpoint.Port': '5432',
  };
  const { events, pins } = deployed(synthesis, attributes);
  expect(events).toHaveLength(1);
  expect(isPinned(events[0], pins)).toBe(true);
  const other = JSON.parse(JSON.stringify(events[0]).replace('shop.abc', 'evil.abc'));
  expect(isPinned(other, pins)).toBe(false);
});

test('so many unknown endpoints and secrets that they do not fit are refused, with the way out', () => {
  const many = () =>
    synthesizeStack((app) => {
      const stack = new Stack(app, 'Shop', { env: { account: '123456789012', region: 'eu-central-1' } });
      const vpc = vpcOf(stack);
      const databases = Array.from({ length: 20 }, (_, index) => {
        const engine = DatabaseInstanceEngine.POSTGRES;
        const instance = new DatabaseInstance(stack, `Database${index}`, { vpc, engine });
        if (instance.secret === undefined) throw new Error('no secret');
        return { name: `shop-${index}`, instance, login: { secret: instance.secret } };
      });
      new ConnectionGuard(stack, 'Guard', { vpc, databases });
      return stack;
    });
  expect(many).toThrow('name hosts and secrets as text instead of references');
});
