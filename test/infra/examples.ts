import type { ConfigInput } from '../../infra/config/settings.ts';
import { minutes } from '../../lambda/config/durations.ts';

const NETWORK = {
  vpcId: 'vpc-0123456789abcdef0',
  subnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
  databaseSecurityGroupId: 'sg-0123456789abcdef0',
};

/** One RDS instance, IAM login, emails. */
export const oneInstance: ConfigInput = {
  network: NETWORK,
  notify: { emails: ['on-call@example.com'] },
  databases: [
    {
      name: 'orders',
      host: 'orders.cabcdefghijk.eu-central-1.rds.amazonaws.com',
      login: { iam: { user: 'connection_guard', resourceId: 'db-ABCDEFGHIJKLMNOPQRSTUVWXYZ' } },
    },
  ],
};

/** An Aurora cluster of two instances, a secret with its own key, Slack, endpoints, sessions may be ended. */
export const auroraWithSlack: ConfigInput = {
  network: {
    ...NETWORK,
    routeTableIds: ['rtb-0123456789abcdef0'],
    endpoints: ['monitoring', 'sns', 'secretsmanager', 'dynamodb'],
  },
  notify: {
    slack: { workspaceId: 'T0123ABCD', channelId: 'C0123ABCD' },
    topics: { critical: 'arn:aws:sns:eu-central-1:111122223333:pager' },
    timeZone: 'Europe/Berlin',
  },
  keyArns: ['arn:aws:kms:eu-central-1:111122223333:key/01234567-89ab-cdef-0123-456789abcdef'],
  defaults: { thresholds: { warning: 100, critical: 150 } },
  databases: [
    {
      name: 'shop',
      instances: [
        { name: 'writer', host: 'shop-1.cabcdefghijk.eu-central-1.rds.amazonaws.com' },
        { name: 'reader', host: 'shop-2.cabcdefghijk.eu-central-1.rds.amazonaws.com' },
      ],
      login: { secretArn: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:shop-guard-AbCdEf' },
      reclaim: { mode: 'terminate' },
      alerts: { clearAfter: minutes(5) },
    },
  ],
};

/** `size` instances that share one role name and one security group, thresholds in every form. */
export function fleetOf(size: number): ConfigInput {
  const forms = [
    { warning: '70%', critical: '85%' },
    { warning: 100, critical: 150 },
    { warning: '40 left', critical: '20 left' },
  ];
  return {
    network: NETWORK,
    notify: { emails: ['on-call@example.com'] },
    databases: Array.from({ length: size }, (_, index) => ({
      name: `tenant-${String(index + 1).padStart(3, '0')}`,
      host: `tenant-${index + 1}.cabcdefghijk.eu-central-1.rds.amazonaws.com`,
      login: {
        iam: {
          user: 'connection_guard',
          resourceId: `db-${'A'.repeat(23)}${String(index).padStart(3, '0')}`,
        },
      },
      thresholds: forms[index % forms.length] ?? { warning: '70%', critical: '85%' },
    })),
  };
}
