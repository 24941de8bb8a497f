import { defineConfig } from '../../infra/config/parse-config.ts';

// Databases come and go; a tag decides how each is watched, without a deployment: connection-guard = standard, or careful.
export default defineConfig({
  stackName: 'ConnectionGuardDiscovery',
  namespace: 'ConnectionGuard/Discovery',
  network: {
    vpcId: 'vpc-0123456789abcdef0',
    subnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
    databaseSecurityGroupId: 'sg-0123456789abcdef0',
  },
  notify: { emails: ['platform@example.com'] },
  discover: {
    // What follows the identifier in the endpoint of any of your instances.
    domain: 'cabcdefghijk.eu-central-1.rds.amazonaws.com',
    // Where another stack watches the databases of staging in the same account.
    tags: { environment: 'production' },
    profiles: {
      standard: { login: { iam: { user: 'connection_guard' } }, reclaim: { mode: 'dry-run' } },
      // Few sessions, all of them long.
      careful: {
        login: { iam: { user: 'connection_guard' } },
        thresholds: { warning: '20 left', critical: '5 left' },
      },
    },
    atMost: 50,
  },
  // One that is known by name, with alarms of its own.
  databases: [
    {
      name: 'orders',
      host: 'orders.cabcdefghijk.eu-central-1.rds.amazonaws.com',
      login: { iam: { user: 'connection_guard', resourceId: 'db-ABCDEFGHIJKLMNOPQRSTUVWXYZ' } },
    },
  ],
});
