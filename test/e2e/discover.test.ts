import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AwsEndpoint, startAwsEndpoint } from '../../local/aws/endpoint.ts';
import { type LambdaEnvironment, startLambdaEnvironment } from '../../local/function/environment.ts';
import { DOMAIN, discoverVariables, GROUPS, instance, watchedIn } from '../lambda/discover/rig.ts';

// The built function as it is deployed, and every call that it makes.

let aws: AwsEndpoint;
let discoverer: LambdaEnvironment;

beforeAll(async () => {
  aws = await startAwsEndpoint({ scheduleGroups: Object.values(GROUPS) });
  discoverer = await startLambdaEnvironment({
    bundleFile: fileURLToPath(new URL('../../dist/discover/index.mjs', import.meta.url)),
    variables: { ...aws.environment(), ...discoverVariables() },
  });
});
afterAll(async () => {
  await discoverer?.stop();
  await aws?.close();
});

test('a tagged instance is scheduled, one whose tag goes stays until that is sure, and no call is beyond the role', async () => {
  aws.rds.instances.push(instance('orders'), instance('billing'));
  expect(await discoverer.invoke({}, 30_000)).toEqual({ watched: 2, added: 2, removed: 0 });
  aws.rds.instances.splice(0, 1, instance('orders', { TagList: [] }));
  expect(await discoverer.invoke({}, 30_000)).toEqual({ watched: 2, added: 0, removed: 0 });
  expect(watchedIn(aws)['fleet-1']?.map(({ host }) => host)).toEqual([
    `billing.${DOMAIN}`,
    `orders.${DOMAIN}`,
  ]);
  expect(discoverer.logs).toMatchObject([
    { level: 'INFO', event: 'discovery.changed', added: ['billing', 'orders'], removed: [] },
  ]);
  // Each of these, and none else, stands in the policy of its role: see test/infra/discovery.test.ts.
  const schedules = 'arn:aws:scheduler:eu-central-1:123456789012:schedule';
  expect(
    new Set(aws.calls.map(({ service, action, resource }) => `${service}:${action} ${resource}`)),
  ).toEqual(
    new Set([
      'dynamodb:UpdateItem arn:aws:dynamodb:eu-central-1:123456789012:table/rds-connection-guard',
      `scheduler:ListSchedules ${schedules}/*/*`,
      `scheduler:GetSchedule ${schedules}/${GROUPS.discovered}/fleet-1`,
      `scheduler:CreateSchedule ${schedules}/${GROUPS.discovered}/fleet-1`,
      'rds:DescribeDBClusters *',
      'rds:DescribeDBInstances *',
      'sns:Publish arn:aws:sns:eu-central-1:123456789012:rds-connection-guard',
    ]),
  );
});
