import type { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';

/** The table of what the next check needs from earlier ones: one small item for each database, nothing to keep. */
export function createStateTable(
  scope: Construct,
  pointInTimeRecovery: boolean,
  removalPolicy: RemovalPolicy,
): Table {
  return new Table(scope, 'State', {
    partitionKey: { name: 'database', type: AttributeType.STRING },
    billingMode: BillingMode.PAY_PER_REQUEST,
    encryption: TableEncryption.AWS_MANAGED,
    timeToLiveAttribute: 'expiresAt',
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: pointInTimeRecovery },
    removalPolicy,
  });
}
