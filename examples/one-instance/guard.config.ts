import { defineConfig } from '../../infra/config/parse-config.ts';

// One RDS instance. The guard logs in by IAM, so there is no password anywhere. Its subnets have a NAT gateway.
export default defineConfig({
  network: {
    vpcId: 'vpc-0123456789abcdef0',
    subnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
    // The group of the database: the stack lets the guard in.
    databaseSecurityGroupId: 'sg-0123456789abcdef0',
  },
  notify: { emails: ['on-call@example.com'] },
  databases: [
    {
      name: 'orders',
      host: 'orders.cabcdefghijk.eu-central-1.rds.amazonaws.com',
      // aws rds describe-db-instances --query 'DBInstances[].[DBInstanceIdentifier,DbiResourceId]'
      login: { iam: { user: 'connection_guard', resourceId: 'db-ABCDEFGHIJKLMNOPQRSTUVWXYZ' } },
      // Says what it would end, and ends nothing.
      reclaim: { mode: 'dry-run' },
    },
  ],
});
