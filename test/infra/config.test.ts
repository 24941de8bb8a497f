import './offline.ts';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../infra/config/load-config.ts';
import { parseConfig } from '../../infra/config/parse-config.ts';
import { ConfigurationError } from '../../lambda/config/validation.ts';
import { auroraWithSlack, oneInstance } from './examples.ts';

function mistakesOf(input: unknown): Record<string, string> {
  try {
    parseConfig(input, 'guard.config.ts');
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return Object.fromEntries(error.mistakes.map(({ path, allowed }) => [path, allowed]));
  }
  throw new Error('there was no mistake');
}

describe('a configuration', () => {
  test('merges its defaults into each database, which may set its own', () => {
    const { databases } = parseConfig(
      {
        ...oneInstance,
        defaults: { thresholds: { warning: 100, critical: 150 }, sampleEvery: 60 },
        databases: [...oneInstance.databases, { ...oneInstance.databases[0], name: 'two', sampleEvery: 20 }],
      },
      'x',
    );
    expect(databases.map(({ input }) => [input.thresholds, input.sampleEvery])).toEqual([
      [{ warning: 100, critical: 150 }, 60],
      [{ warning: 100, critical: 150 }, 20],
    ]);
  });

  test('tells every mistake at once, each by its path, in the outer parts and in databases', () => {
    const mistakes = mistakesOf({
      network: { vpcId: 'vpc', subnetIds: ['subnet-0123456789abcdef0'], endpoints: ['dynamodb', 'nat'] },
      notify: { emails: ['nobody'], slack: { workspaceId: 'x', channelId: 'C1' }, timeZone: 'Mars/Olympus' },
      databasesPerRun: 26,
      surprise: true,
      defaults: { sampleEvery: 0, colour: 'red' },
      databases: [
        {
          name: 'a',
          host: 'h',
          login: { iam: { user: 'u' } },
          thresholds: { warning: '90%', critical: '80%' },
        },
        { name: 'a', host: 'db.proxy-c0ffee.eu-central-1.rds.amazonaws.com', login: { secretArn: 'no' } },
        {
          name: 'c',
          instances: [{ name: 'x', host: '' }],
          login: { iam: { user: 'u', resourceId: 'cluster-ABC' } },
        },
      ],
    });
    expect(Object.keys(mistakes).sort((a, b) => a.localeCompare(b))).toEqual([
      'databases[0].thresholds',
      'databases[1].host',
      'databases[1].login.secretArn',
      'databases[2].instances[0].host',
      'databasesPerRun',
      'defaults.colour',
      'defaults.sampleEvery',
      'network.endpoints[1]',
      'network.vpcId',
      'notify.emails[0]',
      'notify.slack.workspaceId',
      'notify.timeZone',
      'surprise',
    ]);
    expect(mistakes['databases[1].host']).toContain('behind RDS Proxy');
  });

  test('wants what the stack cannot guess: resource id, security group, route tables, names that differ', () => {
    const { databaseSecurityGroupId: _, ...network } = oneInstance.network;
    const [orders] = oneInstance.databases;
    expect(
      mistakesOf({
        network: { ...network, endpoints: ['dynamodb'] },
        databases: [orders, { ...orders, login: { iam: { user: 'u' } } }],
      }),
    ).toMatchObject({ 'network.routeTableIds': expect.stringContaining('route tables') });
    expect(
      mistakesOf({ network, databases: [orders, { ...orders, login: { iam: { user: 'u' } } }] }),
    ).toEqual({
      'databases[0].securityGroupId': expect.stringContaining('network.databaseSecurityGroupId'),
      'databases[1].securityGroupId': expect.stringContaining('network.databaseSecurityGroupId'),
      'databases[1].login.iam.resourceId': expect.stringContaining('DbiResourceId'),
      'databases[1].name': 'names that differ in more than slash and space',
    });
  });

  test('takes a secret by name or by full ARN, and refuses an ARN that no policy could match', () => {
    const [orders] = oneInstance.databases;
    const withLogin = (login: unknown) => ({ ...oneInstance, databases: [{ ...orders, login }] });
    const arn = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:prod/guard';
    for (const login of [{ secretName: 'prod/guard' }, { secretArn: `${arn}-AbCdEf` }])
      expect(parseConfig(withLogin(login), 'x').databases[0]?.input.login).toEqual(login);
    expect(mistakesOf(withLogin({ secretArn: arn }))).toEqual({
      'databases[0].login.secretArn': expect.stringContaining('six characters'),
    });
  });

  test('says of two names that become one id in the construct tree which they are, looked up or not', () => {
    const [orders] = oneInstance.databases;
    const found = (...databases: unknown[]) => {
      try {
        parseConfig({ ...oneInstance, databases }, 'guard.config.ts');
      } catch (error) {
        return error instanceof ConfigurationError ? error.message.split('\n').slice(1) : error;
      }
      return [];
    };
    const line =
      '  databases[1].name: found "a/b" and "a b"; allowed: names that differ in more than slash and space';
    expect(found({ ...orders, name: 'a/b' }, { ...orders, name: 'a b' })).toEqual([line]);
    const lookedUp = (name: string) => ({ name, lookup: { instance: 'i' }, login: { iam: { user: 'g' } } });
    expect(found(lookedUp('a/b'), lookedUp('a b'))).toEqual([line]);
  });

  test('refuses an entry that says twice where its server is', () => {
    const [orders] = oneInstance.databases;
    const lookup = { instance: 'orders' };
    const instances = [{ name: 'one', host: 'h' }];
    expect(mistakesOf({ ...oneInstance, databases: [{ ...orders, lookup }] })).toEqual({
      'databases[0].host': 'only one of host and lookup',
    });
    expect(mistakesOf({ ...oneInstance, databases: [{ ...orders, instances, port: 5433 }] })).toEqual({
      'databases[0].host': 'only one of host and instances',
    });
  });

  test('that is of another kind than is wanted is one mistake, in words', () => {
    const [orders] = oneInstance.databases;
    expect(mistakesOf({ ...oneInstance, databases: {} })).toEqual({ databases: 'a list of databases' });
    expect(mistakesOf({ ...oneInstance, databases: ['orders'] })).toEqual({
      'databases[0]': 'an object with name, host and login',
    });
    for (const host of [{ ssm: 'a parameter' }, { parameter: '/a' }, 5])
      expect(Object.values(mistakesOf({ ...oneInstance, databases: [{ ...orders, host }] }))).toContainEqual(
        expect.stringContaining('{ ssm }'),
      );
    expect(mistakesOf({ ...oneInstance, databases: [{ ...orders, postgresqlLogGroup: 'a b' }] })).toEqual({
      'databases[0].postgresqlLogGroup': 'true or the name of a log group',
    });
  });

  test('names the key that is probably meant, of those that may stand there', () => {
    const [orders] = oneInstance.databases;
    const mistakes = mistakesOf({
      ...oneInstance,
      alarm: 'each',
      databases: [
        {
          ...orders,
          hots: 'h',
          treshold: {},
          securityGroupID: 'sg',
          reclaim: { mode: 'dry-run', idelFor: 5 },
        },
      ],
    });
    const hints = Object.entries(mistakes).map(([path, allowed]) => [path, allowed.split(':')[0]]);
    expect(Object.fromEntries(hints)).toEqual({
      alarm: 'alarms, if that is meant',
      'databases[0].hots': 'host, if that is meant',
      'databases[0].treshold': 'thresholds, if that is meant',
      'databases[0].securityGroupID': 'securityGroupId, if that is meant',
      'databases[0].reclaim.idelFor': 'idleFor, if that is meant',
    });
  });

  test('is refused at synthesis, with the sum, where its budgets cannot fit: 19 services with pools of 20 in 237 slots', () => {
    const [orders] = oneInstance.databases;
    const rollout = (services: number) => ({
      ...oneInstance,
      databases: [
        {
          ...orders,
          capacity: { maxConnections: 240, reserved: 3 },
          budgets: Array.from({ length: services }, (_, index) => ({
            name: `service-${index}`,
            role: `service_${index}`,
            instances: { most: 1 },
            pool: 20,
          })),
        },
      ],
    });
    expect(() => parseConfig(rollout(19), 'guard.config.ts')).toThrow(
      /^guard\.config\.ts has a mistake:\n.*at most 237 sessions in all, but 380 are promised:\n {9}20 {2}service-0 = 1 x 20\n(?:.*\n)* {8}237 {2}usable = 240 max_connections - 3 reserved$/,
    );
    expect(parseConfig(rollout(11), 'x').databases).toHaveLength(1);
  });

  test('points at a bad reclaim.until, and shows it', () => {
    const [orders] = oneInstance.databases;
    const withUntil = (until: string) =>
      parseConfig({ ...oneInstance, databases: [{ ...orders, reclaim: { mode: 'terminate', until } }] }, 'x');
    expect(() => withUntil('half')).toThrow(
      'databases[0].reclaim.until: found "half"; allowed: a whole number',
    );
    expect(() => withUntil('95%')).toThrow('databases[0].reclaim.until: found "95%"; allowed: no more than');
  });

  test.each([0.7, '0.7'])('says of a share without its sign what is meant: %j', (warning) => {
    const [orders] = oneInstance.databases;
    const thresholds = { warning, critical: '85%' };
    expect(mistakesOf({ ...oneInstance, databases: [{ ...orders, thresholds }] })).toEqual({
      'databases[0].thresholds.warning': expect.stringMatching(/^’70%’, if a share is meant: /),
    });
  });

  test('is told what it is, when it is not even an object', () => {
    for (const input of [undefined, null, 3, 'x', []])
      expect(() => parseConfig(input, 'file')).toThrow(ConfigurationError);
  });

  test('may name a cluster and its instances to look up', () => {
    const { databases } = parseConfig(
      {
        ...oneInstance,
        databases: [
          {
            name: 'shop',
            lookup: { cluster: 'shop', instances: ['shop-1', 'shop-2'] },
            login: { iam: { user: 'g' } },
          },
          { name: 'orders', lookup: { instance: 'orders-prod' }, login: { iam: { user: 'g' } } },
        ],
      },
      'x',
    );
    expect(databases.map(({ input, lookup }) => [input.name, lookup])).toEqual([
      ['shop/shop-1', { instance: 'shop-1', cluster: 'shop' }],
      ['shop/shop-2', { instance: 'shop-2', cluster: 'shop' }],
      ['orders', { instance: 'orders-prod', cluster: null }],
    ]);
  });
});

describe('a configuration file', () => {
  const directory = mkdtempSync(join(tmpdir(), 'guard-config-'));
  afterAll(() => rmSync(directory, { recursive: true }));
  const file = (name: string, text: string) => {
    writeFileSync(join(directory, name), text);
    return join(directory, name);
  };

  test('is JSON or a module', async () => {
    const expected = parseConfig(auroraWithSlack, 'x');
    const json = JSON.stringify(auroraWithSlack);
    expect(await loadConfig(file('a.json', json))).toEqual(expected);
    expect(await loadConfig(file('a.mjs', `export default ${json}`))).toEqual(expected);
  });

  test('that is missing, or is no JSON, or has no default export, is named', async () => {
    await expect(loadConfig(join(directory, 'none.ts'))).rejects.toThrow('none.ts has a mistake');
    await expect(loadConfig(file('b.json', '{'))).rejects.toThrow('b.json has a mistake');
    await expect(loadConfig(file('b.mjs', 'export const x = 1;'))).rejects.toThrow(ConfigurationError);
  });

  test('with a mistake in its syntax is one line that says where', async () => {
    const lines = async (name: string, text: string) => {
      const path = file(name, text);
      const error: unknown = await loadConfig(path).catch((reason: unknown) => reason);
      return error instanceof ConfigurationError ? error.message.split('\n').slice(1) : [];
    };
    const module = 'allowed: a module with export default defineConfig({ ... })';
    const broken = 'export default {\n  databases: [ ;\n};\n';
    expect(await lines('c.ts', broken)).toEqual([
      `  (all): found ParseError: Unexpected token, at 2:15; ${module}`,
    ]);
    expect(await lines('d.ts', 'export default {\n  network: vpc,\n};\n')).toEqual([
      `  (all): found vpc is not defined, at 2:12; ${module}`,
    ]);
    expect(await lines('e.json', '{ "a": 1,\n "b": }')).toEqual([
      expect.stringMatching(/^ {2}\(all\): found .*Unexpected token.*; allowed: JSON$/),
    ]);
  });

  test('of the repository is in order', async () => {
    expect((await loadConfig('guard.config.ts')).databases).toHaveLength(1);
  });
});
