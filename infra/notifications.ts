import { ArnFormat, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { type IRole, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { type ButtonsProps, connectSlack, type SlackChannel } from './slack-channel.ts';

/** What {@link Notifications} is made from. */
export interface NotificationsProps {
  readonly emails?: readonly string[];
  readonly slack?: SlackChannel;
  /** The function that the buttons in Slack invoke. @default no buttons */
  readonly buttons?: ButtonsProps;
  readonly warningTopic?: ITopic;
  readonly criticalTopic?: ITopic;
  readonly alarmTopic?: ITopic;
  /** A key for the created topics, or false for none; else one is created. */
  readonly encryptionKey?: IKey | false;
  /** Takes what SNS could not deliver. */
  readonly deadLetters: IQueue;
}

/** Where messages go: the guard's own on one topic, the alarms of the safety net on another. */
export class Notifications extends Construct {
  readonly warning: ITopic;
  readonly critical: ITopic;
  /** For CloudWatch alarms, which speak when the guard cannot. */
  readonly alarms: ITopic;
  /** Each topic once. */
  readonly topics: readonly ITopic[];
  /** Of the created topics; null when every topic was given, or they are not encrypted. */
  readonly key: IKey | null;

  constructor(scope: Construct, id: string, props: NotificationsProps) {
    super(scope, id);
    const { warningTopic, criticalTopic, alarmTopic } = props;
    this.key = warningTopic && criticalTopic && alarmTopic ? null : this.keyFor(props.encryptionKey);
    let created: ITopic | undefined;
    const alerts = () => (created ??= this.createTopic('Alerts', 'Connection slots', props));
    this.warning = warningTopic ?? alerts();
    this.critical = criticalTopic ?? alerts();
    this.alarms = alarmTopic ?? this.createAlarmTopic(props);
    this.topics = [...new Set([this.warning, this.critical, this.alarms])];
    if (props.slack) connectSlack(this, props.slack, this.topics, props.buttons);
  }

  /** Lets the guard publish; `keys` are those of topics that were given, and of secrets. */
  grantPublish(role: IRole, keys: readonly IKey[]): void {
    const topics = [...new Set([this.warning.topicArn, this.critical.topicArn])];
    role.addToPrincipalPolicy(
      new PolicyStatement({ sid: 'Notify', actions: ['sns:Publish'], resources: topics }),
    );
    const used = [...(this.key ? [this.key] : []), ...keys].map(({ keyArn }) => keyArn);
    if (used.length > 0)
      role.addToPrincipalPolicy(
        new PolicyStatement({
          sid: 'UseKeys',
          actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
          resources: [...new Set(used)],
        }),
      );
  }

  private keyFor(given: IKey | false | undefined): IKey | null {
    return given === false ? null : (given ?? this.createKey());
  }

  /** CloudWatch may use it to publish; without that an alarm fails silently. */
  private createKey(): IKey {
    const key = new Key(this, 'Key', {
      description: 'rds-connection-guard: messages on their way to people',
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.DESTROY,
      pendingWindow: Duration.days(7),
    });
    key.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AlarmsPublishEncrypted',
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
        resources: ['*'],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    return key;
  }

  private createTopic(id: string, displayName: string, props: NotificationsProps): Topic {
    const topic = new Topic(this, id, {
      displayName,
      enforceSSL: true,
      ...(this.key && { masterKey: this.key }),
    });
    for (const email of props.emails ?? [])
      topic.addSubscription(new EmailSubscription(email, { deadLetterQueue: props.deadLetters }));
    return topic;
  }

  private createAlarmTopic(props: NotificationsProps): Topic {
    const topic = this.createTopic('SafetyNet', 'Connection guard alarms', props);
    const { account } = Stack.of(this);
    topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AlarmsPublish',
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        conditions: {
          StringEquals: { 'aws:SourceAccount': account },
          ArnLike: {
            'aws:SourceArn': Stack.of(this).formatArn({
              service: 'cloudwatch',
              resource: 'alarm',
              resourceName: '*',
              arnFormat: ArnFormat.COLON_RESOURCE_NAME,
            }),
          },
        },
      }),
    );
    return topic;
  }
}
