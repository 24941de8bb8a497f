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
  /** The servers to watch: up to 500, and none only with `discover`. */
  readonly databases: readonly GuardedDatabase[];
  /**
   * Databases that are watched without a deployment, by their tags.
   *
   * @default - none
   * @see docs/discovery.md
   */
  readonly discover?: DiscoverProps;
  /** The VPC from which they can be reached. */
  readonly vpc: IVpc;
  /**
   * Where the function runs. Give one subnet for each availability zone when endpoints are created.
   *
   * @default - the private subnets with a way out
   */
  readonly vpcSubnets?: SubnetSelection;
  /**
   * VPC endpoints to create: `monitoring`, `sns`, `secretsmanager` (each billed by the hour for each subnet) and
   * `dynamodb` (free). The function reaches AWS through them, or through a NAT gateway that exists already.
   *
   * @default - none
   */
  readonly endpoints?: readonly GuardEndpoint[];
  /**
   * Addresses to subscribe to the created topics; each has to confirm, once for each topic.
   *
   * @default - none
   */
  readonly emails?: readonly string[];
  /**
   * A Slack channel to notify through Amazon Q Developer in chat applications.
   *
   * @default - none
   */
  readonly slack?: SlackChannel;
  /**
   * Where messages of level warning go.
   *
   * @default - a created topic
   */
  readonly warningTopic?: ITopic;
  /**
   * Where messages of level critical and full go.
   *
   * @default - the created topic of the warnings
   */
  readonly criticalTopic?: ITopic;
  /**
   * Where CloudWatch alarms go, the safety net. A topic given here has to let `cloudwatch.amazonaws.com` publish, and
   * its key has to let it encrypt.
   *
   * @default - another created topic
   */
  readonly alarmTopic?: ITopic;
  /**
   * KMS keys that the function needs for secrets and topics that are imported, so that their keys are not known.
   *
   * @default - none
   */
  readonly keys?: readonly IKey[];
  /**
   * IANA name of the time zone for times in messages.
   *
   * @default 'UTC'
   */
  readonly timeZone?: string;
  /**
   * How your team calls the command line, such as `npx @acme/rds-connection-guard@1.2.3`: messages then offer it.
   *
   * @default - messages offer psql
   */
  readonly command?: string;
  /**
   * Where your team publishes `docs/alerts.md`; each message then links to its own section of it.
   *
   * @default - no link
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
   */
  readonly databasesPerRun?: number;
  /**
   * Reserve the function's concurrency, so that runs never pile up. An account whose concurrency quota is still 10
   * cannot reserve any: the deployment then fails with "UnreservedConcurrentExecution below its minimum value".
   *
   * @default true
   */
  readonly reservedConcurrency?: boolean;
  /**
   * Point-in-time recovery of the table of states.
   *
   * @default true
   */
  readonly pointInTimeRecovery?: boolean;
  /**
   * How long the function's log is kept.
   *
   * @default RetentionDays.ONE_MONTH
   */
  readonly logRetention?: RetentionDays;
  /**
   * The CloudWatch namespace of the metrics. Two guards in one account and region that watch a database of the same
   * name need two namespaces: their data would be mixed.
   *
   * @default 'RdsConnectionGuard'
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
   */
  readonly alarms?: 'each' | 'fleet' | 'none';
  /**
   * Tell the alarm topic when an alarm ends, too.
   *
   * @default true
   */
  readonly okActions?: boolean;
  /**
   * Create a dashboard.
   *
   * @default true
   */
  readonly dashboard?: boolean;
}
