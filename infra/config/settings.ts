import type { ActionsProps } from '../actions-function.ts';
import type { DatabaseSettings } from './database-settings.ts';
import type { DiscoverConfig } from './discover-settings.ts';
import type { ClusterEntry, InstanceEntry, LookupEntry } from './entry-settings.ts';
import type { NetworkSettings, NotifySettings } from './network-settings.ts';
import type { LOG_LEVELS, RETENTIONS } from './schema.ts';

// What people write in guard.config.ts, as their editor shows it; a test holds it to the schema that checks it.

/** What stands in `guard.config.ts`. Durations are seconds, or anything with `toSeconds()` such as CDK's `Duration`. */
export interface ConfigInput {
  /**
   * Name of the stack; another for a second stack in one account and region, with a `namespace` of its own.
   *
   * @default 'RdsConnectionGuard'
   * @see docs/configuration.md
   */
  readonly stackName?: string | undefined;
  /**
   * Account to deploy to.
   *
   * @default - that of the credentials
   * @see docs/configuration.md#the-stack
   */
  readonly account?: string | undefined;
  /**
   * Region to deploy to.
   *
   * @default - that of the credentials
   * @see docs/configuration.md#the-stack
   */
  readonly region?: string | undefined;
  /**
   * Tags of every resource.
   *
   * @default {}
   * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-resource-tags.html
   */
  readonly tags?: Readonly<Record<string, string>> | undefined;
  /**
   * Refuse to delete the stack.
   *
   * @default false
   * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-protect-stacks.html
   */
  readonly terminationProtection?: boolean | undefined;
  /**
   * Where the function runs, and how it reaches the databases and AWS.
   *
   * @see docs/configuration.md#the-stack
   */
  readonly network: NetworkSettings;
  /**
   * Who is told.
   *
   * @default {}
   * @see docs/alerts.md#delivery
   */
  readonly notify?: NotifySettings | undefined;
  /**
   * CloudWatch namespace of the metrics. Two guards that share one must not watch databases of the same name.
   *
   * @default 'RdsConnectionGuard'
   * @see docs/metrics.md
   */
  readonly namespace?: string | undefined;
  /**
   * `all` metrics of each database, or the `essential` ones, those that alarms need.
   *
   * @default 'all'
   * @see docs/cost.md
   */
  readonly metrics?: 'all' | 'essential' | undefined;
  /**
   * Three CloudWatch alarms for `each` database, three for the whole `fleet`, or `none`.
   *
   * @default 'each'
   * @see docs/metrics.md#alarms
   */
  readonly alarms?: 'each' | 'fleet' | 'none' | undefined;
  /**
   * Tell the end of an alarm too.
   *
   * @default true
   * @see docs/metrics.md#alarms
   */
  readonly okActions?: boolean | undefined;
  /**
   * Create a dashboard.
   *
   * @default true
   * @see docs/history.md#on-the-dashboard
   */
  readonly dashboard?: boolean | undefined;
  /**
   * ARN of the KMS key that encrypts created topics; its policy has to let CloudWatch use it. `false`: no key.
   *
   * @default - a created key
   * @see https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
   */
  readonly encryptionKey?: string | false | undefined;
  /**
   * ARN of a managed policy that bounds every role of the stack.
   *
   * @default - none
   * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
   */
  readonly permissionsBoundaryArn?: string | undefined;
  /**
   * ARN of a role for the function, which has to have what the created one would have.
   *
   * @default - a created role
   * @see https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
   */
  readonly roleArn?: string | undefined;
  /**
   * Name of a log group for the function.
   *
   * @default - a created log group
   * @see docs/runbook.md#the-log
   */
  readonly logGroupName?: string | undefined;
  /**
   * What becomes of the created log group and table when they leave the stack.
   *
   * @default 'destroy'
   * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html
   */
  readonly removalPolicy?: 'destroy' | 'retain' | undefined;
  /**
   * Memory of the function in MB.
   *
   * @default 256
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-function-common.html#configuration-memory-console
   */
  readonly memorySize?: number | undefined;
  /**
   * Architecture of the function.
   *
   * @default 'arm64'
   * @see https://docs.aws.amazon.com/lambda/latest/dg/foundation-arch.html
   */
  readonly architecture?: 'arm64' | 'x86_64' | undefined;
  /**
   * The least severe lines that the function logs.
   *
   * @default 'INFO'
   * @see docs/runbook.md#the-log
   */
  readonly logLevel?: (typeof LOG_LEVELS)[number] | undefined;
  /**
   * X-Ray tracing of the function.
   *
   * @default false
   * @see https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
   */
  readonly tracing?: boolean | undefined;
  /**
   * A function that people act through: see what holds the slots, acknowledge, mute, and where allowed end it.
   *
   * @default - none
   * @see docs/actions.md
   */
  readonly actions?: ActionsProps | undefined;
  /**
   * Databases in one event, 1 to 25.
   *
   * @default 25
   * @see docs/architecture.md#big-fleets
   */
  readonly databasesPerRun?: number | undefined;
  /**
   * Keep runs from overlapping. An account whose concurrency quota is still 10 cannot reserve any: set `false`.
   *
   * @default true
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
   */
  readonly reservedConcurrency?: boolean | undefined;
  /**
   * Point-in-time recovery of the guard's memory.
   *
   * @default true
   * @see docs/cost.md
   */
  readonly pointInTimeRecovery?: boolean | undefined;
  /**
   * How long the function's log is kept, in days.
   *
   * @default 30
   * @see docs/runbook.md#the-log
   */
  readonly logRetentionDays?: (typeof RETENTIONS)[number] | undefined;
  /**
   * KMS keys that the function needs for secrets and topics that are given.
   *
   * @default []
   * @see docs/security.md#what-the-guard-may-do
   */
  readonly keyArns?: string[] | undefined;
  /**
   * Settings for every database that does not set its own; a database's value replaces the whole of it.
   *
   * @default {}
   * @see docs/configuration.md#each-database
   */
  readonly defaults?: DatabaseSettings | undefined;
  /**
   * Databases that are watched without a deployment, by their tags.
   *
   * @default - none
   * @see docs/discovery.md
   */
  readonly discover?: DiscoverConfig | undefined;
  /**
   * Up to 500 servers; none only where `discover` finds them.
   *
   * @see docs/configuration.md#each-database
   */
  readonly databases: readonly (InstanceEntry | ClusterEntry | LookupEntry)[];
}
