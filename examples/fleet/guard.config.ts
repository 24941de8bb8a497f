import { defineConfig } from '../../infra/config/parse-config.ts';

// Sixty databases that differ in little. A configuration is a program: make the list as you like.
const tenants = Array.from({ length: 60 }, (_, index) => `tenant-${String(index + 1).padStart(2, '0')}`);

// From your inventory: the DbiResourceId of each instance.
const resourceIdOf = (tenant: string) => `db-${tenant.replace('-', '').toUpperCase().padEnd(26, 'A')}`;

export default defineConfig({
  stackName: 'ConnectionGuardFleet',
  namespace: 'ConnectionGuard/Fleet',
  network: {
    vpcId: 'vpc-0123456789abcdef0',
    subnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
    databaseSecurityGroupId: 'sg-0123456789abcdef0',
  },
  notify: { emails: ['platform@example.com'] },
  // For every database that does not say otherwise.
  defaults: { reclaim: { mode: 'dry-run' } },
  databases: [
    ...tenants.map((tenant) => ({
      name: tenant,
      host: `${tenant}.cabcdefghijk.eu-central-1.rds.amazonaws.com`,
      login: { iam: { user: 'connection_guard', resourceId: resourceIdOf(tenant) } },
    })),
    {
      name: 'reporting',
      host: 'reporting.cabcdefghijk.eu-central-1.rds.amazonaws.com',
      login: { iam: { user: 'connection_guard', resourceId: resourceIdOf('reporting') } },
      // Few sessions, all of them long: nothing here is stale.
      thresholds: { warning: '20 left', critical: '5 left' },
      reclaim: { mode: 'off' },
    },
  ],
});
