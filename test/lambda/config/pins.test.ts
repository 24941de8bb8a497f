import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseEvent } from '../../../lambda/config/event.ts';
import {
  digestOf,
  isPinned,
  policyDigest,
  refuseWhatNeedsPin,
  trustedIn,
} from '../../../lambda/config/pins.ts';
import { ConfigurationError } from '../../../lambda/config/validation.ts';

const SECRET = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:guard-AbCdEf';
const entry = (name: string, settings: object = {}) => ({
  name,
  host: `${name}.example`,
  port: 5432,
  login: { secretArn: SECRET },
  ...settings,
});
const event = {
  databases: [
    entry('orders', { reclaim: { mode: 'terminate', idleFor: 300 } }),
    entry('local', { tls: { mode: 'disable' }, thresholds: { warning: 4, critical: '80%' } }),
  ],
};
const pins = [{ digest: digestOf(event.databases), values: {} }];

/** Every value in it that is no object, with what leads there. */
function leavesOf(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, [...path, key]));
}

function withLeaf(value: unknown, [key, ...rest]: readonly string[], leaf: unknown): unknown {
  if (key === undefined) return leaf;
  if (Array.isArray(value))
    return value.map((item: unknown, index) => (String(index) === key ? withLeaf(item, rest, leaf) : item));
  return Object.fromEntries(
    Object.entries(Object(value)).map(([name, item]) => [
      name,
      name === key ? withLeaf(item, rest, leaf) : item,
    ]),
  );
}

describe('an event of the stack', () => {
  test('is known by its databases, however the JSON is spaced and whichever of them it names', () => {
    expect(isPinned(JSON.parse(JSON.stringify(event, null, 4)), pins)).toBe(true);
    expect(isPinned({ ...event, only: ['orders'] }, pins)).toBe(true);
  });

  test('is not the stack’s any more when one value in it is another, or one is missing or added', () => {
    const leaves = fc.constantFrom(...leavesOf(event.databases));
    fc.assert(
      fc.property(leaves, fc.jsonValue(), (path, value) => {
        const databases = withLeaf(event.databases, path, value);
        fc.pre(JSON.stringify(databases) !== JSON.stringify(event.databases));
        expect(isPinned({ databases }, pins)).toBe(false);
      }),
    );
    expect(isPinned({ databases: event.databases.slice(0, 1) }, pins)).toBe(false);
    expect(isPinned({ databases: [...event.databases, entry('more')] }, pins)).toBe(false);
    for (const other of [null, [], 'databases', { databases: null }, {}])
      expect(isPinned(other, pins)).toBe(false);
  });

  test('may hold what only the deployment knew: at its place, and nowhere else', () => {
    const known = [
      {
        digest: digestOf(event.databases, ['0.host', '0.port', '1.login.secretArn']),
        values: { '0.host': 'orders.example', '0.port': '5432', '1.login.secretArn': SECRET },
      },
    ];
    expect(isPinned(event, known)).toBe(true);
    for (const [place, value] of [
      ['0.host', 'evil.example'],
      ['0.host', 'local.example'],
      ['0.port', 443],
      ['1.login.secretArn', `${SECRET}x`],
    ] as const)
      expect(
        isPinned({ databases: withLeaf(event.databases, place.split('.'), value) }, known),
        `${place}: ${value}`,
      ).toBe(false);
  });
});

test('another event may neither turn TLS off nor terminate, and is told of each', () => {
  const error = (() => {
    try {
      refuseWhatNeedsPin(parseEvent(event).databases, new Set(), '/var/task');
      return null;
    } catch (thrown) {
      return thrown;
    }
  })();
  expect(error).toBeInstanceOf(ConfigurationError);
  expect(error).toMatchObject({
    mistakes: [
      { path: 'databases[0].reclaim.mode', found: '"terminate"' },
      { path: 'databases[1].tls.mode', found: '"disable"' },
    ],
  });
  const fine = [entry('fine', { reclaim: { mode: 'dry-run' } })];
  refuseWhatNeedsPin(parseEvent({ databases: fine }).databases, new Set(), '/var/task');
  refuseWhatNeedsPin(parseEvent(event).databases, new Set(['orders', 'local']), '/var/task');
});

test('another event may name certificates among the function’s own files only', () => {
  const refuse = (caFile: string) =>
    refuseWhatNeedsPin(
      parseEvent({ databases: [entry('orders', { tls: { caFile } })] }).databases,
      new Set(),
      '/var/task',
    );
  for (const own of ['/var/task/ca/0123456789abcdef.pem', 'ca/own.pem', '/var/task/a/../b.pem']) refuse(own);
  const foreign = [
    '/proc/self/environ',
    '/dev/zero',
    '/tmp/ca.pem',
    '../x',
    '/var/task/../x',
    '/var/task2/x',
  ];
  for (const file of [...foreign, '/var/task', '//var/task.pem'])
    expect(() => refuse(file), file).toThrow(
      `databases[0].tls.caFile: found ${JSON.stringify(file)}; allowed: a file below /var/task, for no schedule`,
    );
});

describe('a discovered database', () => {
  const domain = 'cabcdefghijk.eu-central-1.rds.amazonaws.com';
  const profile = { login: { secretName: 'guard' }, thresholds: { warning: '70%', critical: '85%' } };
  const ending = { ...profile, reclaim: { mode: 'terminate' } };
  const profiles = { domain, digests: [profile, ending].map(policyDigest) };
  const found = (policy: object, place: object = {}) => ({
    name: 'shop/1',
    host: `shop-1.${domain}`,
    discovered: { resourceId: 'db-A' },
    ...policy,
    ...place,
  });
  const trusted = (entry: object) => trustedIn({ databases: [entry] }, [], profiles).size === 1;

  test('may do what its profile says, whatever discovery finds of it', () => {
    expect(trusted(found(profile))).toBe(true);
    expect(trusted(found(ending))).toBe(true);
    expect(trusted(found(profile, { name: 'x', host: `x.${domain}`, discovered: {} }))).toBe(true);
    expect(trusted(found(profile, { thresholds: { warning: 1, critical: 2 } }))).toBe(true);
  });

  test.each([
    ['a login of another secret', { login: { secretName: 'other' } }],
    ['TLS off', { tls: { mode: 'disable' } }],
    ['another port', { port: 443 }],
    ['a looser reclaim', { reclaim: { mode: 'terminate', idleFor: 1 } }],
    ['a host that only ends like the domain', { host: `evil${domain}` }],
    ['a host with a name in between', { host: `a.b.${domain}` }],
    ['a host of another account', { host: 'shop-1.cevilevilevi.eu-central-1.rds.amazonaws.com' }],
    ['the domain itself', { host: domain }],
    ['an address', { host: '10.0.0.1' }],
  ])('is not trusted with %s', (_, changed) => {
    expect(trusted(found(profile, changed))).toBe(false);
  });

  test('that may end sessions is not trusted with thresholds of its tags', () => {
    expect(trusted(found(ending, { thresholds: { warning: 1, critical: 2 } }))).toBe(false);
  });

  test('no profile is known without discovery', () => {
    expect(
      trustedIn({ databases: [found(profile, { host: 'a.' })] }, [], { domain: '', digests: [] }).size,
    ).toBe(0);
  });
});

describe('which databases of an event are checked', () => {
  test('all of them, or those that `only` names', () => {
    expect(parseEvent(event).databases.map(({ name }) => name)).toEqual(['orders', 'local']);
    expect(parseEvent({ ...event, only: ['local'] }).databases.map(({ name }) => name)).toEqual(['local']);
    expect(() => parseEvent({ ...event, only: ['locale'] })).toThrow(
      'only: found "locale"; allowed: names of its databases',
    );
  });
});

describe('a monstrous event', () => {
  test.each([
    ['80,000 databases', { databases: Array.from({ length: 80_000 }, () => ({})) }, /found \d+ values/],
    [
      'a megabyte of text',
      { databases: [entry('orders', { host: 'x'.repeat(1_000_000) })] },
      /found 1000\d+ bytes/,
    ],
    [
      'a list in a list of 19,000 mistakes',
      { databases: [entry('orders', { reclaim: { except: { roles: Array(19_000).fill(0) } } })] },
      /and 18900 more/,
    ],
  ])('%s is refused in a few lines, and little memory', (_, monster, what) => {
    const before = process.memoryUsage().heapUsed;
    const thrown = (() => {
      try {
        return parseEvent(monster);
      } catch (error) {
        return error;
      }
    })();
    if (!(thrown instanceof ConfigurationError)) throw new Error('it was taken');
    expect(thrown.message).toMatch(what);
    expect(thrown.message.length).toBeLessThan(20_000);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(100e6);
  });
});
