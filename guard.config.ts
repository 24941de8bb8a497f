import { defineConfig } from './infra/config/parse-config.ts';
import { minutes, seconds } from './lambda/config/durations.ts';

// The file a team edits, then `npx cdk deploy`. docs/configuration.md lists every setting with its default.
export default defineConfig({
  network: {
    vpcId: 'vpc-0123456789abcdef0',
    subnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
    databaseSecurityGroupId: 'sg-0123456789abcdef0',
  },
  notify: { emails: ['on-call@example.com'], timeZone: 'UTC' },
  defaults: {
    thresholds: { warning: '70%', critical: '85%' },
    sampleEvery: seconds(5),
    alerts: { clearAfter: minutes(3) },
  },
  databases: [
    {
      name: 'orders',
      host: 'orders.cabcdefghijk.eu-central-1.rds.amazonaws.com',
      login: { iam: { user: 'connection_guard', resourceId: 'db-ABCDEFGHIJKLMNOPQRSTUVWXYZ' } },
      reclaim: { mode: 'dry-run' },
    },
  ],
});
