import { expect, test } from 'vitest';
import { rdsEndpoint } from '../../../lambda/config/rds-endpoint.ts';

test.each([
  ['orders.abc1.eu-central-1.rds.amazonaws.com', 'orders', '', 'eu-central-1'],
  ['Orders.ABC1.us-gov-west-1.RDS.amazonaws.com', 'orders', '', 'us-gov-west-1'],
  ['orders.abc1.rds.cn-north-1.amazonaws.com.cn', 'orders', '', 'cn-north-1'],
  ['orders.abc1.eusc-de-east-1.rds.amazonaws.eu', 'orders', '', 'eusc-de-east-1'],
  ['shop.cluster-abc1.eu-central-1.rds.amazonaws.com', 'shop', 'cluster-', 'eu-central-1'],
  ['shop.cluster-ro-abc1.rds.cn-north-1.amazonaws.com.cn', 'shop', 'cluster-ro-', 'cn-north-1'],
  ['own.cluster-custom-abc1.eu-central-1.rds.amazonaws.com', 'own', 'cluster-custom-', 'eu-central-1'],
  ['p.endpoint.proxy-abc1.eu-central-1.rds.amazonaws.com', 'p', 'proxy-', 'eu-central-1'],
])('%s is taken apart', (host, identifier, kind, region) => {
  const domain = host.toLowerCase().replace(/^.*[.-](?=abc1)/, '');
  expect(rdsEndpoint(host)).toEqual({ identifier, kind, domain, region });
});

test.each([
  'localhost',
  '10.0.0.1',
  'orders.abc1.eu-central-1.rds.amazonaws.com.example.org',
  'abc1.eu-central-1.rds.amazonaws.com',
  'a.orders.abc1.eu-central-1.rds.amazonaws.com',
])('%s is none', (host) => {
  expect(rdsEndpoint(host)).toBeNull();
});
