import { Duration } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { acknowledge } from './acknowledge-finding.ts';

/** What neither Scheduler, Lambda nor SNS could deliver; people read it, so it keeps them for two weeks. */
export function createDeadLetters(scope: Construct): Queue {
  const queue = new Queue(scope, 'DeadLetters', {
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
  });
  acknowledge(
    queue,
    'Serverless-SQSRedrivePolicy',
    'this queue is the end of the line: it takes what others could not deliver, and an alarm watches it',
  );
  return queue;
}
