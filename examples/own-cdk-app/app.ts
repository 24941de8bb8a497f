import { App, Stack } from 'aws-cdk-lib';
import { InstanceClass, InstanceSize, InstanceType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { DatabaseInstance, DatabaseInstanceEngine, PostgresEngineVersion } from 'aws-cdk-lib/aws-rds';
import { ConnectionGuard } from 'rds-connection-guard';

const app = new App();

// The stack of the team that owns the database: nothing in it knows of the guard.
const data = new Stack(app, 'Data');
const vpc = new Vpc(data, 'Vpc', { maxAzs: 2 });
const orders = new DatabaseInstance(data, 'Orders', {
  vpc,
  engine: DatabaseInstanceEngine.postgres({ version: PostgresEngineVersion.VER_17 }),
  instanceType: InstanceType.of(InstanceClass.T4G, InstanceSize.MEDIUM),
  iamAuthentication: true,
  storageEncrypted: true,
});

// The guard's own stack: the rule that lets it into the database's security group is made here.
const operations = new Stack(app, 'Operations');
const guard = new ConnectionGuard(operations, 'ConnectionGuard', {
  vpc,
  emails: ['on-call@example.com'],
  databases: [
    {
      name: 'orders',
      instance: orders,
      login: { iam: { user: 'connection_guard' } },
      reclaim: { mode: 'dry-run' },
    },
  ],
});
// What it made is there to build on: another subscription, an alarm, a grant.
console.log(guard.node.path, 'watches', orders.node.path);
