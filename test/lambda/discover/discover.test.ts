import { type AttributeValue, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import { parseEvent } from '../../../lambda/config/event.ts';
import { DiscoveryBusyError, LEASE, takeTurn } from '../../../lambda/discover/state.ts';
import { DISCOVERY_KEY } from '../../../lambda/remember/discovered-list.ts';
import { systemClock } from '../../../lambda/shared/clock.ts';
import { LOCAL_TABLE } from '../../../local/aws/records.ts';
import { useAws } from '../../support/aws.ts';
import { DOMAIN, GROUPS, instance, startDiscoverer, watchedIn } from './rig.ts';

// Discovery against RDS, EventBridge Scheduler, DynamoDB and SNS over the wire.

const aws = useAws({ scheduleGroups: Object.values(GROUPS) });
const names = () =>
  Object.values(watchedIn(aws.endpoint)).flatMap((entries) => entries.map(({ name }) => name));
const published = () => aws.endpoint.messages.map(({ bodies }) => bodies.default);

/** A cluster `shop` with a writer and so many readers. */
function shop(readers: number) {
  const members = [
    'shop-writer',
    ...Array.from({ length: readers }, (_, index) => `shop-reader-${index + 1}`),
  ];
  const { rds } = aws.endpoint;
  rds.clusters.splice(0, 1, {
    DBClusterIdentifier: 'shop',
    Engine: 'aurora-postgresql',
    IAMDatabaseAuthenticationEnabled: true,
    TagList: [{ Key: 'connection-guard', Value: 'standard' }],
    DBClusterMembers: members.map((id, index) => ({
      DBInstanceIdentifier: id,
      IsClusterWriter: index === 0,
    })),
  });
  const inShop = { Engine: 'aurora-postgresql', DBClusterIdentifier: 'shop', TagList: [] };
  rds.instances.splice(0, rds.instances.length, ...members.map((id) => instance(id, inShop)));
}

test('a reader that autoscaling creates is in an event that fires within a minute, and people hear of it', async () => {
  using discoverer = startDiscoverer(aws.endpoint);
  shop(1);
  await discoverer.run();
  expect(names()).toEqual(['shop/shop-reader-1', 'shop/shop-writer']);
  discoverer.pass(3600);
  shop(3);
  const createdAt = discoverer.now();
  await discoverer.run({ source: 'aws.rds', detail: { EventID: 'RDS-EVENT-0005' } });
  expect(names().sort()).toEqual(
    ['shop-reader-1', 'shop-reader-2', 'shop-reader-3', 'shop-writer'].map((id) => `shop/${id}`),
  );
  const [schedule] = aws.endpoint.schedules.values();
  expect(schedule?.definition).toMatchObject({
    ScheduleExpression: 'rate(1 minute)',
    State: 'ENABLED',
    Target: { RetryPolicy: { MaximumRetryAttempts: 0 } },
  });
  const startsAt = Number(schedule?.definition['StartDate']) * 1000;
  expect(startsAt).toBeGreaterThan(createdAt);
  expect(startsAt - createdAt).toBeLessThanOrEqual(60_000);
  expect(published().at(-1)).toContain('2 readers added to shop');
  // The guard takes the event as it is.
  expect(parseEvent({ databases: watchedIn(aws.endpoint)['fleet-1'] }).databases).toHaveLength(4);
});

test('a description that fails for an hour, or is cut short, removes nothing; two that agree do', async () => {
  using discoverer = startDiscoverer(aws.endpoint);
  aws.endpoint.rds.instances.push(...Array.from({ length: 150 }, (_, index) => instance(`orders-${index}`)));
  await discoverer.run();
  expect(names()).toHaveLength(150);
  for (const kind of ['server-error', 'reset'] as const) {
    const lift = aws.endpoint.fail({ kind, service: 'rds', action: 'DescribeDBInstances' });
    for (let minutes = 0; minutes < 30; minutes += 15) {
      await expect(discoverer.run()).rejects.toThrow();
      discoverer.pass(900);
    }
    lift();
  }
  expect(names()).toHaveLength(150);
  aws.endpoint.rds.instances.splice(100);
  await discoverer.run();
  // The same moment once more, by another event, is no second description.
  await discoverer.run();
  expect(names()).toHaveLength(150);
  discoverer.pass(300);
  expect(await discoverer.run()).toEqual({ watched: 100, added: 0, removed: 50 });
  expect(names()).toHaveLength(100);
  aws.endpoint.rds.instances.splice(0);
  await discoverer.run();
  discoverer.pass(300);
  await discoverer.run();
  expect(watchedIn(aws.endpoint)).toEqual({});
}, 30_000);

test('2,500 instances are read page by page, 25 to an event, and stay where they are when one is added', async () => {
  using discoverer = startDiscoverer(aws.endpoint);
  const { rds, calls } = aws.endpoint;
  rds.instances.push(...Array.from({ length: 2499 }, (_, index) => instance(`tenant-${index}`)));
  await discoverer.run();
  expect(calls.filter(({ action }) => action === 'DescribeDBInstances')).toHaveLength(25);
  const before = watchedIn(aws.endpoint);
  expect(Object.keys(before)).toHaveLength(100);
  rds.instances.unshift(instance('a-newcomer'));
  await discoverer.run();
  const after = watchedIn(aws.endpoint);
  const changed = Object.keys(after).filter(
    (name) => JSON.stringify(after[name]) !== JSON.stringify(before[name]),
  );
  expect(changed).toEqual(['fleet-100']);
  const writes = calls.filter(({ action }) => /^(?:Create|Update|Delete)Schedule$/.test(action));
  expect(writes).toHaveLength(101);
  // Nothing to do: no schedule is written.
  await discoverer.run();
  expect(calls.filter(({ action }) => action === 'UpdateSchedule')).toHaveLength(1);
}, 60_000);

test('two that run at once make each schedule once, one after the other', async () => {
  const clock = { ahead: 0 };
  using one = startDiscoverer(aws.endpoint, {}, clock);
  using other = startDiscoverer(aws.endpoint, {}, clock);
  aws.endpoint.rds.instances.push(...Array.from({ length: 60 }, (_, index) => instance(`orders-${index}`)));
  const results = await Promise.allSettled([one.run(), other.run()]);
  // The one that waits may give up before the other is done: Lambda then repeats its event.
  expect(results.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThan(0);
  const creations = aws.endpoint.calls.filter(({ action }) => action === 'CreateSchedule');
  expect(creations.map(({ outcome }) => outcome)).toEqual(['ok', 'ok', 'ok']);
  expect(new Set(names()).size).toBe(60);
  expect(published()).toHaveLength(1);
});

test('a pass that died without a word holds the others up for minutes, not for good', async () => {
  using discoverer = startDiscoverer(aws.endpoint);
  aws.endpoint.rds.instances.push(instance('orders'));
  const { dynamodb: client } = aws.clients;
  const { signal } = new AbortController();
  await takeTurn({ client, tableName: LOCAL_TABLE, clock: systemClock, signal });
  await expect(discoverer.run()).rejects.toThrow(DiscoveryBusyError);
  discoverer.pass(LEASE / 1000 + 1);
  expect(await discoverer.run()).toMatchObject({ watched: 1 });
});

test('what a clock in the future, or somebody’s edit, has left in its item holds up neither passes, removals nor news', async () => {
  using discoverer = startDiscoverer(aws.endpoint);
  aws.endpoint.rds.instances.push(instance('orders'), instance('billing'));
  await discoverer.run();
  aws.endpoint.rds.instances.pop();
  const future = { N: String(discoverer.now() + 365 * 86_400_000) };
  const leave = async (lease: AttributeValue, state: object) => {
    await aws.clients.dynamodb.send(
      new PutItemCommand({
        TableName: LOCAL_TABLE,
        Item: {
          database: { S: DISCOVERY_KEY },
          lease,
          holder: { S: 'another' },
          state: { S: JSON.stringify(state) },
        },
      }),
    );
  };
  const at = Number(future.N);
  await leave(future, { missing: { 'db-BILLING': at }, told: {}, news: ['billing is gone'], notifiedAt: at });
  await discoverer.run();
  discoverer.pass(3600);
  expect(await discoverer.run()).toMatchObject({ watched: 1, removed: 1 });
  expect(published().at(-1)).toContain('billing is gone');
  for (const lease of [{ S: 'soon' }, { N: '-1' }, { N: '9e100' }]) {
    await leave(lease, { missing: 'none' });
    expect(await discoverer.run()).toMatchObject({ watched: 1 });
  }
});

test('a throttled Scheduler is tried again later; what was written until then is known, and told', async () => {
  using discoverer = startDiscoverer(aws.endpoint);
  aws.endpoint.rds.instances.push(...Array.from({ length: 60 }, (_, index) => instance(`orders-${index}`)));
  aws.endpoint.fail({ kind: 'throttle', service: 'scheduler', action: 'CreateSchedule', times: 2 });
  expect(await discoverer.run()).toMatchObject({ added: 60 });
  aws.endpoint.rds.instances.splice(0);
  await discoverer.run();
  discoverer.pass(300);
  const lift = aws.endpoint.fail({ kind: 'throttle', service: 'scheduler', action: 'DeleteSchedule' });
  await expect(discoverer.run()).rejects.toThrow('Rate exceeded');
  expect(names()).toHaveLength(60);
  lift();
  expect(await discoverer.run()).toMatchObject({ removed: 60 });
});

test('a request whose answer got lost is not done twice', async () => {
  using discoverer = startDiscoverer(aws.endpoint);
  aws.endpoint.rds.instances.push(instance('orders'));
  aws.endpoint.fail({ kind: 'lose-reply', service: 'scheduler', action: 'CreateSchedule', times: 1 });
  aws.endpoint.fail({ kind: 'lose-reply', service: 'dynamodb', action: 'UpdateItem', times: 1 });
  expect(await discoverer.run()).toEqual({ watched: 1, added: 1, removed: 0 });
  expect(names()).toEqual(['orders']);
});

test('people are told at most once an hour, of everything since, and of each problem once', async () => {
  using discoverer = startDiscoverer(aws.endpoint);
  const { instances } = aws.endpoint.rds;
  instances.push(instance('orders'), instance('legacy', { IAMDatabaseAuthenticationEnabled: false }));
  await discoverer.run();
  instances.push(instance('billing'));
  for (let pass = 0; pass < 3; pass += 1) {
    discoverer.pass(300);
    await discoverer.run();
  }
  expect(published()).toHaveLength(1);
  expect(published()[0]).toContain('legacy: IAM authentication is off.');
  discoverer.pass(3600);
  await discoverer.run();
  discoverer.pass(3600);
  await discoverer.run();
  expect(published()).toHaveLength(2);
  expect(published()[1]).toContain('billing added');
  expect(published()[1]).not.toContain('legacy');
  expect(discoverer.lines.filter(({ event }) => event === 'discovery.problem')).toHaveLength(1);
  expect(discoverer.lines.filter(({ event }) => event === 'discovery.changed')).toHaveLength(2);
});

test('a notification that SNS did not take is sent by the next pass', async () => {
  using discoverer = startDiscoverer(aws.endpoint);
  aws.endpoint.rds.instances.push(instance('orders'));
  aws.endpoint.fail({ kind: 'server-error', service: 'sns', times: 1 });
  await expect(discoverer.run()).rejects.toThrow('We are sorry');
  expect(names()).toEqual(['orders']);
  await discoverer.run();
  expect(published()[0]).toContain('orders added');
});

test('a rename keeps the database in its event, under its resource id, and a failover stands there for an hour', async () => {
  using discoverer = startDiscoverer(aws.endpoint);
  const { instances } = aws.endpoint.rds;
  instances.push(instance('orders'));
  await discoverer.run();
  instances.splice(0, 1, instance('orders-old', { DbiResourceId: 'db-ORDERS' }));
  await discoverer.run();
  expect(watchedIn(aws.endpoint)['fleet-1']).toMatchObject([
    { name: 'orders-old', host: `orders-old.${DOMAIN}`, discovered: { resourceId: 'db-ORDERS' } },
  ]);
  const time = new Date(discoverer.now() - 40_000).toISOString();
  const detail = { EventID: 'RDS-EVENT-0049', SourceIdentifier: 'orders-old' };
  await discoverer.run({ source: 'aws.rds', time, detail });
  const failoverAt = () => watchedIn(aws.endpoint)['fleet-1']?.[0]?.discovered.failoverAt;
  expect(failoverAt()).toBe(Date.parse(time));
  await discoverer.run();
  expect(failoverAt()).toBe(Date.parse(time));
  discoverer.pass(3700);
  await discoverer.run();
  expect(failoverAt()).toBeUndefined();
});

test('what is configured by hand wins, by endpoint or resource id', async () => {
  using discoverer = startDiscoverer(aws.endpoint);
  const login = { iam: { user: 'guard', resourceId: 'db-BYID' } };
  const databases = [
    { name: 'mine', host: `BY-HOST.${DOMAIN}`, login: { secretName: 's' } },
    { name: 'taken', host: 'alias.example', login },
  ];
  aws.endpoint.schedules.set(`${GROUPS.byHand}/run-1`, {
    group: GROUPS.byHand,
    name: 'run-1',
    clientToken: null,
    at: 0,
    definition: { Target: { Input: JSON.stringify({ databases }) } },
  });
  const ids = ['by-host', 'by-id', 'taken', 'other'];
  aws.endpoint.rds.instances.push(...ids.map((id) => instance(id)));
  await discoverer.run();
  expect(names()).toEqual(['other']);
  expect(published()[0]).toContain('taken: another server is configured under its name.');
});
