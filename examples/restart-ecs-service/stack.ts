import { join } from 'node:path';
import { Arn, ArnFormat, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { SubscriptionFilter, Topic } from 'aws-cdk-lib/aws-sns';
import { LambdaSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';

/** What {@link RestartEcsService} is made from. */
export interface RestartEcsServiceProps extends StackProps {
  /** The output CriticalTopic of the guard's stack. */
  readonly topicArn: string;
  /** `arn:aws:ecs:<region>:<account>:service/<cluster>/<service>` */
  readonly serviceArn: string;
  /** The name of the database in the guard's configuration. */
  readonly database: string;
  /** The role that this service, and nothing else, logs in as. */
  readonly role: string;
}

/** Restarts one ECS service when the guard says, at level critical or full, that its sessions are the cause. */
export class RestartEcsService extends Stack {
  constructor(scope: Construct, id: string, props: RestartEcsServiceProps) {
    super(scope, id, props);
    const { topicArn, serviceArn, database, role } = props;
    const { resourceName } = Arn.split(serviceArn, ArnFormat.SLASH_RESOURCE_NAME);
    const [cluster = '', service = ''] = resourceName?.split('/') ?? [];
    if (cluster === '' || service === '')
      throw new Error(`serviceArn names no cluster and service: ${serviceArn}`);
    const restart = new LambdaFunction(this, 'Restart', {
      description: `Restarts ${cluster}/${service} when its sessions fill ${database}`,
      runtime: Runtime.NODEJS_24_X,
      handler: 'index.handler',
      code: Code.fromAsset(join(import.meta.dirname, 'handler')),
      timeout: Duration.seconds(15),
      environment: { CLUSTER: cluster, SERVICE: service, DATABASE: database, ROLE: role },
    });
    restart.addToRolePolicy(new PolicyStatement({ actions: ['ecs:UpdateService'], resources: [serviceArn] }));
    const only = (...allowlist: string[]) => SubscriptionFilter.stringFilter({ allowlist });
    Topic.fromTopicArn(this, 'CriticalTopic', topicArn).addSubscription(
      new LambdaSubscription(restart, {
        filterPolicy: {
          kind: only('level', 'server-full'),
          level: only('critical', 'full'),
          database: only(database),
        },
      }),
    );
  }
}
