import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseEvent } from '../../../lambda/config/event.ts';
import { failoversIn } from '../../../lambda/discover/failovers.ts';
import { type ByHand, fleetOf } from '../../../lambda/discover/fleet.ts';
import { lineOf, linesOf } from '../../../lambda/discover/news.ts';
import type { DbServer } from '../../../lambda/discover/servers.ts';
import { readDiscoverEnvironment } from '../../../lambda/discover/settings.ts';
import { DOMAIN, discoverVariables } from './rig.ts';

const NONE: ByHand = { names: new Set(), hosts: new Set(), resourceIds: new Set() };

const server = (settings: Partial<DbServer> = {}, tags: Record<string, string> = {}): DbServer => ({
  id: 'db-ORDERS',
  identifier: 'orders',
  cluster: null,
  part: 'instance',
  engine: 'postgres',
  status: 'available',
  host: `orders.${DOMAIN}`,
  port: 5432,
  iamLogin: true,
  tags: new Map(Object.entries({ 'connection-guard': 'standard', ...tags })),
  ...settings,
});
const fleet = (servers: readonly DbServer[], settings: object = {}) =>
  fleetOf(servers, NONE, readDiscoverEnvironment(discoverVariables(settings)).GUARD_DISCOVER, new Map());
const problemOf = (one: DbServer) => fleet([one]).problems.map(({ problem }) => problem);

test('an entry has what discovery knows and what its profile says, and the guard takes it', () => {
  const { entries, problems } = fleet([server()]);
  expect(problems).toEqual([]);
  expect(entries).toEqual([
    {
      name: 'orders',
      host: `orders.${DOMAIN}`,
      discovered: { resourceId: 'db-ORDERS' },
      login: { iam: { user: 'connection_guard' } },
    },
  ]);
  expect(parseEvent({ databases: entries }).databases).toHaveLength(1);
});

test.each([
  ['no tag', server({ tags: new Map() })],
  ['no endpoint yet', server({ host: null, port: null, status: 'creating' })],
  ['been stopped', server({ status: 'stopped' })],
  ['an engine that is not asked for', server({ engine: 'aurora-postgresql' })],
  ['not the other tags', server({}, { environment: 'staging' })],
])('a server that has %s is left alone, without a word', (_, one) => {
  expect(fleet([one], { engines: ['postgres'], tags: { environment: 'production' } })).toMatchObject({
    entries: [],
    problems: [],
  });
});

test.each([
  ['IAM authentication is off', server({ iamLogin: false })],
  ['its tag connection-guard names no profile: typo', server({}, { 'connection-guard': 'typo' })],
  ['its engine is mysql', server({ engine: 'mysql' })],
  ['it listens on port 6432', server({ port: 6432 })],
  [`its endpoint orders.evil.example is not in ${DOMAIN}`, server({ host: 'orders.evil.example' })],
])('what keeps a tagged server from being watched is said: %s', (problem, one) => {
  const { entries, problems } = fleet([one]);
  expect(entries).toEqual([]);
  expect(problems.map((found) => found.problem)).toEqual([problem]);
  expect(problems[0]?.remedy).not.toBe('');
});

describe('thresholds in tags', () => {
  const thresholds = (tags: Record<string, string>) => fleet([server({}, tags)]).entries[0]?.['thresholds'];

  test('take the place of the profile’s; a tag cannot hold a percent sign', () => {
    expect(thresholds({ 'connection-guard:warning': '60 percent' })).toEqual({
      warning: '60%',
      critical: '85%',
    });
    expect(thresholds({ 'connection-guard:warning': '100', 'connection-guard:critical': '20 left' })).toEqual(
      { warning: 100, critical: '20 left' },
    );
  });

  test('that are none leave the profile’s in force, and are told', () => {
    for (const tags of [
      { 'connection-guard:warning': 'half' },
      { 'connection-guard:critical': '10 percent' },
    ]) {
      expect(thresholds(tags)).toBeUndefined();
      expect(problemOf(server({}, tags))[0]).toContain('its tags hold no thresholds');
    }
  });

  test('are not taken where sessions may be ended', () => {
    const ending = server({}, { 'connection-guard': 'ending', 'connection-guard:critical': '1' });
    expect(fleet([ending]).entries[0]).not.toHaveProperty('thresholds');
    expect(problemOf(ending)).toEqual([
      'its thresholds stand in tags, which are not taken where sessions may be ended',
    ]);
  });
});

test('the name is the identifier, after its cluster’s while both fit into a metric', () => {
  const named = (cluster: string) => fleet([server({ cluster })]).entries[0]?.name;
  expect(named('shop')).toBe('shop/orders');
  expect(named('x'.repeat(100))).toBe('orders');
});

test('hostile tags and identifiers end in entries that the guard takes, or in short and printable problems', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 300 });
  const keys = fc.constantFrom('connection-guard', 'connection-guard:warning', 'connection-guard:critical');
  fc.assert(
    fc.property(text, fc.dictionary(keys, text), text, (identifier, tags, engine) => {
      const { entries, problems } = fleet([
        server({ identifier, cluster: identifier }, tags),
        server({ engine }),
      ]);
      if (entries.length > 0) parseEvent({ databases: entries });
      for (const line of problems.map(lineOf)) {
        expect(line.length).toBeLessThanOrEqual(400);
        expect(line).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      }
    }),
  );
});

test('what came and went is told in a line for each cluster', () => {
  const at = (cluster: string | null, identifier: string, part: DbServer['part']) =>
    server({
      id: `db-${identifier.toUpperCase()}`,
      cluster,
      identifier,
      part,
      host: `${identifier}.${DOMAIN}`,
    });
  const added = fleet([
    at('shop', 'a', 'reader'),
    at('shop', 'b', 'reader'),
    at('shop', 'c', 'writer'),
    at(null, 'orders', 'instance'),
  ]);
  const removed = fleet([at('shop', 'd', 'reader'), at(null, 'old', 'instance')]);
  expect(linesOf(added.entries, removed.entries, added)).toEqual([
    '2 readers added to shop',
    '1 writer added to shop',
    '1 instance removed from shop',
    'orders added',
    'old removed',
  ]);
});

/** An event of RDS as EventBridge brings it, by the sample in its documentation. */
const failover = (EventID: string, time = '2026-11-24T11:59:20Z', SourceIdentifier = 'rds:shop') => ({
  source: 'aws.rds',
  'detail-type': 'RDS DB Cluster Event',
  time,
  detail: { EventCategories: ['failover'], EventID, SourceIdentifier },
});

describe('a failover that RDS tells', () => {
  const now = Date.parse('2026-11-24T12:00:00Z');

  test.each([
    ['an instance with a standby', 'RDS-EVENT-0015'],
    ['an instance with a standby', 'RDS-EVENT-0049'],
    ['a cluster', 'RDS-EVENT-0071'],
  ])('of %s counts when it is completed (%s), with the prefix of the documentation and without', (_, id) => {
    for (const name of ['rds:shop', 'shop'])
      expect([...failoversIn(failover(id, undefined, name), now)]).toEqual([['shop', now - 40_000]]);
  });

  test.each(['0013', '0034', '0069', '0070', '0072', '0073', '0005'])(
    'does not count before it is completed, or when it failed: RDS-EVENT-%s',
    (id) => {
      expect(failoversIn(failover(`RDS-EVENT-${id}`), now).size).toBe(0);
    },
  );

  test('is never one of the future, and no other event is taken for one', () => {
    expect([...failoversIn(failover('RDS-EVENT-0071', '2027-01-01T00:00:00Z'), now)]).toEqual([
      ['shop', now],
    ]);
    for (const other of [{}, null, failover('RDS-EVENT-0071', 'soon')])
      expect(failoversIn(other, now).size).toBe(0);
  });
});
