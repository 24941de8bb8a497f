import { defineConfig } from '../../infra/config/parse-config.ts';
import { minutes } from '../../lambda/config/durations.ts';

// An Aurora cluster. Each instance has slots of its own, so each is watched for itself: shop/writer and shop/reader.
// The subnets have no NAT gateway, so the function reaches AWS through endpoints that the stack creates.
export default defineConfig({
  stackName: 'ConnectionGuardShop',
  namespace: 'ConnectionGuard/Shop',
  network: {
    vpcId: 'vpc-0123456789abcdef0',
    subnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
    routeTableIds: ['rtb-0123456789abcdef0'],
    databaseSecurityGroupId: 'sg-0123456789abcdef0',
    endpoints: ['monitoring', 'sns', 'secretsmanager', 'dynamodb'],
  },
  notify: {
    // Authorise the workspace once, by hand, in the console of Amazon Q Developer in chat applications.
    slack: { workspaceId: 'T0123ABCD', channelId: 'C0123ABCD' },
    timeZone: 'Europe/Berlin',
  },
  // The key that encrypts the secret, where it is not Secrets Manager's own.
  keyArns: ['arn:aws:kms:eu-central-1:111122223333:key/01234567-89ab-cdef-0123-456789abcdef'],
  databases: [
    {
      name: 'shop',
      // Endpoints of the instances, not of the cluster: each login to cluster-... may reach another instance.
      instances: [
        { name: 'writer', host: 'shop-1.cabcdefghijk.eu-central-1.rds.amazonaws.com' },
        { name: 'reader', host: 'shop-2.cabcdefghijk.eu-central-1.rds.amazonaws.com' },
      ],
      // Holds `username` and `password` of the guard's role.
      login: { secretArn: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:shop-guard-AbCdEf' },
      thresholds: { warning: 100, critical: 150 },
      alerts: { clearAfter: minutes(5) },
      reclaim: { mode: 'terminate', except: { applications: ['worker *'] } },
    },
  ],
});
