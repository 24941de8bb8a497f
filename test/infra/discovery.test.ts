import './offline.ts';
import { readFileSync } from 'node:fs';
import { Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../infra/config/parse-config.ts';
import { MAX_DISCOVERED } from '../../infra/config/profiles.ts';
import type { ConfigInput } from '../../infra/config/settings.ts';
import { runsPerMinute } from '../../infra/schedule.ts';
import { ConnectionGuardStack } from '../../infra/stack.ts';
import { MAX_DATABASES_PER_EVENT } from '../../lambda/config/database.ts';
import { profilesSchema, trustedIn } from '../../lambda/config/pins.ts';
import { parse } from '../../lambda/config/validation.ts';
import { fleetOf as discoveredFleet } from '../../lambda/discover/fleet.ts';
import { phaseOf } from '../../lambda/discover/schedules.ts';
import { readDiscoverEnvironment } from '../../lambda/discover/settings.ts';
import { oneInstance } from './examples.ts';
import { allows, recordOf, statementsOf } from './policies.ts';
import { resolve } from './resolve.ts';
import { ofType, type Synthesis, synthesize, synthesizeStack } from './synth.ts';

const DOMAIN = 'cabcdefghijk.eu-central-1.rds.amazonaws.com';
const discover = {
  domain: DOMAIN,
  profiles: {
    standard: { login: { iam: { user: 'connection_guard' } } },
    ending: { login: { secretName: 'guard' }, reclaim: { mode: 'terminate' } },
  },
} as const;
const tagged: ConfigInput = { ...oneInstance, databases: [], discover };
const alone = synthesize(tagged);

function variablesOf(synthesis: Synthesis, variable: string): Record<string, string> {
  const [, { Environment }] = ofType(synthesis, 'AWS::Lambda::Function').find(
    ([, properties]) => variable in recordOf(recordOf(properties['Environment'])['Variables']),
  ) ?? ['', {}];
  const variables = recordOf(resolve(synthesis.template, recordOf(Environment)['Variables']));
  return Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, String(value)]));
}

test('the template is the same from 1 to 2,500 databases: only the concurrency that is reserved follows atMost', () => {
  const most = synthesize({ ...tagged, discover: { ...discover, atMost: 2500 } });
  expect(Object.keys(most.template.Resources)).toEqual(Object.keys(alone.template.Resources));
  expect(Object.keys(most.template.Resources).length).toBeLessThan(100);
  const reserved = ofType(most, 'AWS::Lambda::Function').map(
    ([, properties]) => properties['ReservedConcurrentExecutions'],
  );
  // Two runs of each of 100 events; one pass of discovery at a time.
  expect(new Set(reserved)).toEqual(new Set([1, 200]));
  expect(ofType(alone, 'AWS::Scheduler::Schedule')).toEqual([]);
  expect(ofType(alone, 'AWS::CloudWatch::Alarm').some(([id]) => id.includes('Unreachable'))).toBe(true);
});

test('the guard trusts what the function makes of the profiles, and nothing beyond', () => {
  const settings = readDiscoverEnvironment(variablesOf(alone, 'GUARD_DISCOVER')).GUARD_DISCOVER;
  const pins = parse(
    profilesSchema,
    variablesOf(alone, 'GUARD_PINNED_PROFILES')['GUARD_PINNED_PROFILES'],
    'x',
  );
  const servers = ['standard', 'ending'].map((profile) => ({
    id: `db-${profile.toUpperCase()}`,
    identifier: profile,
    cluster: null,
    part: 'instance' as const,
    engine: 'postgres',
    status: 'available',
    host: `${profile}.${DOMAIN}`,
    port: 5432,
    iamLogin: true,
    tags: new Map([['connection-guard', profile]]),
  }));
  const none = { names: new Set<string>(), hosts: new Set<string>(), resourceIds: new Set<string>() };
  const { entries, problems } = discoveredFleet(servers, none, settings, new Map());
  expect(problems).toEqual([]);
  expect([...trustedIn({ databases: entries }, [], pins)]).toEqual(['standard', 'ending']);
  const looser = entries.map((entry) => ({ ...entry, reclaim: { mode: 'terminate', idleFor: 1 } }));
  expect(trustedIn({ databases: looser }, [], pins).size).toBe(0);
});

test('an event of RDS, a changed tag, a deployment and the clock start it', () => {
  const rules = ofType(alone, 'AWS::Events::Rule').map(([, rule]) => rule);
  expect(rules.map(({ ScheduleExpression }) => ScheduleExpression).filter(Boolean)).toEqual([
    'rate(5 minutes)',
  ]);
  expect(rules.flatMap(({ EventPattern }) => (EventPattern ? [recordOf(EventPattern)] : []))).toEqual([
    expect.objectContaining({
      source: ['aws.rds'],
      detail: {
        EventCategories: expect.arrayContaining([
          'creation',
          'restoration',
          'deletion',
          'failover',
          'notification',
        ]),
      },
    }),
    expect.objectContaining({
      source: ['aws.tag'],
      detail: { service: ['rds'], 'changed-tag-keys': [{ prefix: 'connection-guard' }] },
    }),
    expect.objectContaining({ source: ['aws.cloudformation'] }),
  ]);
});

test('the guard may log in as the profile’s role anywhere, and read its one secret', () => {
  const statements = ofType(alone, 'AWS::IAM::Policy').flatMap(([id, { PolicyDocument }]) =>
    id.includes('GuardRole') ? statementsOf(alone, PolicyDocument) : [],
  );
  const connect = statements.filter(({ actions }) => actions.includes('rds-db:connect'));
  expect(connect.map(({ resources }) => resources)).toEqual([
    [expect.stringMatching(/dbuser:\*\/connection_guard$/)],
  ]);
  const secrets = statements.filter(({ actions }) => actions.includes('secretsmanager:GetSecretValue'));
  expect(secrets.map(({ resources }) => resources)).toEqual([[expect.stringMatching(/secret:guard-\?{6}$/)]]);
});

test('it may write the schedules of its own group, and pass one role to Scheduler alone', () => {
  const own = ofType(alone, 'AWS::IAM::Policy').filter(([id]) => /DiscoveryRole/.test(id));
  const statements = own.flatMap(([, { PolicyDocument }]) => statementsOf(alone, PolicyDocument));
  const groups = ofType(alone, 'AWS::Scheduler::ScheduleGroup').map(([id]) => id);
  const arn = (name: string) => `arn:aws:scheduler:eu-central-1:123456789012:schedule/${name}/fleet-1`;
  const [byHand = '', discovered = ''] = ['SchedulesGroup', 'DiscoveryGroup'].map(
    (name) => groups.find((id) => id.includes(name)) ?? '',
  );
  const named = (id: string) => arn(String(resolve(alone.template, { Ref: id })));
  for (const action of ['CreateSchedule', 'UpdateSchedule', 'DeleteSchedule']) {
    expect(
      statements.some(({ actions }) => actions.includes(`scheduler:${action}`)),
      action,
    ).toBe(true);
    expect(allows(statements, `scheduler:${action}`, named(byHand)), action).toBe(false);
  }
  expect(discovered).not.toBe('');
  const pass = statements.filter(({ actions }) => actions.includes('iam:PassRole'));
  expect(pass).toHaveLength(1);
  expect(pass[0]?.resources).toHaveLength(1);
  expect(pass[0]?.conditions).toEqual({ StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } });
  const table = statements.find(({ actions }) => actions.includes('dynamodb:UpdateItem'));
  expect(table?.conditions).toEqual({
    'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['#discovery'] },
  });
});

test('it passes AwsSolutions, Serverless and the template validator, without a warning', () => {
  const { messages } = synthesizeStack(
    (app) =>
      new ConnectionGuardStack(app, 'RdsConnectionGuard', { config: parseConfig(tagged, 'the example') }),
    (app) => Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app)),
  );
  expect(messages).toEqual([]);
});

describe('a configuration is refused', () => {
  const withProfile = (profile: object): unknown => ({
    ...tagged,
    discover: { ...discover, profiles: { x: profile } },
  });
  const login = { iam: { user: 'guard' } };
  test.each([
    [
      'without a database and without discovery',
      { ...oneInstance, databases: [] },
      'databases: found a list of 0',
    ],
    [
      'with a domain of no account',
      { ...tagged, discover: { ...discover, domain: 'rds.amazonaws.com' } },
      'discover.domain',
    ],
    ['with TLS off', withProfile({ login, tls: { mode: 'disable' } }), 'discover.profiles.x.tls'],
    ['with a host', withProfile({ login, host: 'x' }), 'discover.profiles.x.host'],
    [
      'with a mistake in a profile',
      withProfile({ login, sampleEvery: 0 }),
      'discover.profiles.x.sampleEvery',
    ],
    ['without a login', withProfile({}), 'discover.profiles.x.login'],
    [
      'without a profile',
      { ...tagged, discover: { ...discover, profiles: {} } },
      'discover.profiles: found 0 profiles',
    ],
    [
      'with profiles beyond the environment',
      withProfile({
        login,
        budgets: Array.from({ length: 60 }, (_, index) => ({
          name: `application ${index}`,
          role: `role_${index}`,
          sessions: 1,
        })),
      }),
      'bytes of JSON',
    ],
  ])('%s', (_, config, mistake) => {
    expect(() => parseConfig(config, 'x')).toThrow(mistake);
  });

  test('the file’s defaults go into each profile, its TLS aside', () => {
    const defaults = { sampleEvery: 30, sampleEveryUnderPressure: 5, tls: { mode: 'disable' } } as const;
    expect(parseConfig({ ...tagged, defaults }, 'x').discover?.profiles).toEqual({
      standard: { sampleEvery: 30, sampleEveryUnderPressure: 5, ...discover.profiles.standard },
      ending: { sampleEvery: 30, sampleEveryUnderPressure: 5, ...discover.profiles.ending },
    });
  });
});

test('the arithmetic of docs/architecture.md is that of the code', () => {
  const events = runsPerMinute(MAX_DISCOVERED, MAX_DATABASES_PER_EVENT);
  const seconds = Array.from({ length: events }, (_, index) => Math.floor(phaseOf(index + 1) / 1000));
  const together = Math.max(...seconds.map((second) => seconds.filter((other) => other === second).length));
  // Each run sends what is done before the end of its minute, and the rest; ten metrics of 25 databases fit into one.
  const requests = (2 * events) / 60;
  const perSecond = Math.floor(MAX_DISCOVERED / 60) + 1;
  const page = readFileSync('docs/architecture.md', 'utf8').replace(/ +/g, ' ');
  for (const text of [
    `| schedules | ${events}, each once a minute |`,
    `| starts in one second | ${together}, at most`,
    `| logins in the first second | ${together * MAX_DATABASES_PER_EVENT} |`,
    `| runs side by side | ${events}, and ${2 * events} are reserved |`,
    `| PutMetricData | ${(Math.ceil(requests * 10) / 10).toFixed(1)} requests a second`,
    `| DynamoDB | ${perSecond} reads and ${perSecond} writes a second`,
    `| describing | ${(2 * MAX_DISCOVERED) / 100} calls`,
  ])
    expect(page).toContain(text);
});
