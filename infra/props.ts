import type { IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { MetricSet } from '../lambda/config/metrics.ts';
import type { ActionsProps } from './actions-function.ts';
import type { GuardedDatabase } from './database-props.ts';
import type { DiscoverProps } from './discovery.ts';
import type { GuardEndpoint } from './network.ts';
import type { OwnPartsProps } from './own-parts.ts';
import type { SlackChannel } from './slack-channel.ts';

/** What a {@link ConnectionGuard} is made from. */
export interface ConnectionGuardProps extends OwnPartsProps {
  /**
   * The servers to watch: up to 500, and none only with `discover`.
   *
   * @see docs/construct.md#guardeddatabase
   */
  readonly databases: readonly GuardedDatabase[];
  /**
   * Databases that are watched without a deployment, by their tags.
   *
   * @default - none
   * @see docs/discovery.md
   */
  readonly discover?: DiscoverProps;
  /**
   * The VPC from which they can be reached.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
   */
  readonly vpc: IVpc;
  /**
   * Where the function runs. Give one subnet for each availability zone when endpoints are created.
   *
   * @default - the private subnets with a way out
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
   */
  readonly vpcSubnets?: SubnetSelection;
  /**
   * VPC endpoints to create: `monitoring`, `sns`, `secretsmanager` (each billed by the hour for each subnet) and
   * `dynamodb` (free). The function reaches AWS through them, or through a NAT gateway that exists already.
   *
   * @default - none
   * @see https://docs.aws.amazon.com/vpc/latest/privatelink/
   */
  readonly endpoints?: readonly GuardEndpoint[];
  /**
   * Addresses to subscribe to the created topics; each has to confirm, once for each topic.
   *
   * @default - none
   * @see docs/alerts.md#delivery
   */
  readonly emails?: readonly string[];
  /**
   * A Slack channel to notify through Amazon Q Developer in chat applications.
   *
   * @default - none
   * @see docs/construct.md#slackchannel
   */
  readonly slack?: SlackChannel;
  /**
   * Where messages of level warning go.
   *
   * @default - a created topic
   * @see docs/alerts.md#delivery
   */
  readonly warningTopic?: ITopic;
  /**
   * Where messages of level critical and full go.
   *
   * @default - the created topic of the warnings
   * @see docs/alerts.md#delivery
   */
  readonly criticalTopic?: ITopic;
  /**
   * Where CloudWatch alarms go, the safety net. A topic given here has to let `cloudwatch.amazonaws.com` publish, and
   * its key has to let it encrypt.
   *
   * @default - another created topic
   * @see https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
   */
  readonly alarmTopic?: ITopic;
  /**
   * KMS keys that the function needs for secrets and topics that are imported, so that their keys are not known.
   *
   * @default - none
   * @see docs/security.md#what-the-guard-may-do
   */
  readonly keys?: readonly IKey[];
  /**
   * IANA name of the time zone for times in messages.
   *
   * @default 'UTC'
   * @see docs/alerts.md#what-is-in-a-message
   */
  readonly timeZone?: string;
  /**
   * How your team calls the command line, such as `npx @acme/rds-connection-guard@1.2.3`: messages then offer it.
   *
   * @default - messages offer psql
   * @see docs/cli.md
   */
  readonly command?: string;
  /**
   * Where your team publishes `docs/alerts.md`; each message then links to its own section of it.
   *
   * @default - no link
   * @see docs/alerts.md
   */
  readonly docsUrl?: string;
  /**
   * A second function, which people act through: see what holds the slots, acknowledge, mute, see what reclaim would end,
   * and end it.
   *
   * @default - none
   * @see docs/actions.md
   */
  readonly actions?: ActionsProps;
  /**
   * How many databases one run checks side by side, 1 to 25.
   *
   * @default 25
   * @see docs/architecture.md#big-fleets
   */
  readonly databasesPerRun?: number;
  /**
   * Reserve the function's concurrency, so that runs never pile up. An account whose concurrency quota is still 10
   * cannot reserve any: the deployment then fails with "UnreservedConcurrentExecution below its minimum value".
   *
   * @default true
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
   */
  readonly reservedConcurrency?: boolean;
  /**
   * Point-in-time recovery of the table of states.
   *
   * @default true
   * @see docs/cost.md
   */
  readonly pointInTimeRecovery?: boolean;
  /**
   * How long the function's log is kept.
   *
   * @default RetentionDays.ONE_MONTH
   * @see docs/runbook.md#the-log
   */
  readonly logRetention?: RetentionDays;
  /**
   * The CloudWatch namespace of the metrics. Two guards in one account and region that watch a database of the same
   * name need two namespaces: their data would be mixed.
   *
   * @default 'RdsConnectionGuard'
   * @see docs/metrics.md
   */
  readonly namespace?: string;
  /**
   * Which metrics of each database are sent: all of them, or what alarms and the question "how full?" need. Each is
   * billed by the month.
   *
   * @default 'all'
   * @see docs/metrics.md
   */
  readonly metrics?: MetricSet;
  /**
   * CloudWatch alarms: `each` database has three of its own; `fleet` has three for any number of databases, on counts
   * that the guard sends; `none`. The alarms of the guard's own health are created in every case.
   *
   * @default 'each'
   * @see docs/metrics.md#alarms
   */
  readonly alarms?: 'each' | 'fleet' | 'none';
  /**
   * Tell the alarm topic when an alarm ends, too.
   *
   * @default true
   * @see docs/metrics.md#alarms
   */
  readonly okActions?: boolean;
  /**
   * Create a dashboard.
   *
   * @default true
   * @see docs/history.md#on-the-dashboard
   */
  readonly dashboard?: boolean;
}
