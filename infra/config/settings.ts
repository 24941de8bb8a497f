import type { DatabaseSettings } from './database-settings.ts';
import type { DiscoverConfig } from './discover-settings.ts';
import type { ClusterEntry, InstanceEntry, LookupEntry } from './entry-settings.ts';
import type { NetworkSettings, NotifySettings } from './network-settings.ts';
import type { LOG_LEVELS, RETENTIONS } from './schema.ts';

// What people write in guard.config.ts, as their editor shows it; a test holds it to the schema that checks it.

/** What stands in `guard.config.ts`. Durations are seconds, or anything with `toSeconds()` such as CDK's `Duration`. */
export interface ConfigInput {
  /**
   * Name of the stack. Another one lets a second stack stand beside the first in one account and region; give it a
   * `namespace` of its own too.
   *
   * @default 'RdsConnectionGuard'
   */
  readonly stackName?: string | undefined;
  /**
   * Account to deploy to.
   *
   * @default - that of the credentials
   */
  readonly account?: string | undefined;
  /**
   * Region to deploy to.
   *
   * @default - that of the credentials
   */
  readonly region?: string | undefined;
  /**
   * Tags of every resource.
   *
   * @default {}
   */
  readonly tags?: Readonly<Record<string, string>> | undefined;
  /**
   * Refuse to delete the stack.
   *
   * @default false
   * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-protect-stacks.html
   */
  readonly terminationProtection?: boolean | undefined;
  /** Where the function runs, and how it reaches the databases and AWS. */
  readonly network: NetworkSettings;
  /**
   * Who is told.
   *
   * @default {}
   */
  readonly notify?: NotifySettings | undefined;
  /**
   * CloudWatch namespace of the metrics. Two guards that share one must not watch databases of the same name.
   *
   * @default 'RdsConnectionGuard'
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
   */
  readonly alarms?: 'each' | 'fleet' | 'none' | undefined;
  /**
   * Tell the end of an alarm too.
   *
   * @default true
   */
  readonly okActions?: boolean | undefined;
  /**
   * Create a dashboard.
   *
   * @default true
   */
  readonly dashboard?: boolean | undefined;
  /**
   * ARN of the KMS key that encrypts created topics; its policy has to let CloudWatch use it. `false`: no key.
   *
   * @default - a created key
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
   */
  readonly roleArn?: string | undefined;
  /**
   * Name of a log group for the function.
   *
   * @default - a created log group
   */
  readonly logGroupName?: string | undefined;
  /**
   * What becomes of the created log group and table when they leave the stack.
   *
   * @default 'destroy'
   */
  readonly removalPolicy?: 'destroy' | 'retain' | undefined;
  /**
   * Memory of the function in MB.
   *
   * @default 256
   */
  readonly memorySize?: number | undefined;
  /**
   * Architecture of the function.
   *
   * @default 'arm64'
   */
  readonly architecture?: 'arm64' | 'x86_64' | undefined;
  /**
   * The least severe lines that the function logs.
   *
   * @default 'INFO'
   */
  readonly logLevel?: (typeof LOG_LEVELS)[number] | undefined;
  /**
   * X-Ray tracing of the function.
   *
   * @default false
   */
  readonly tracing?: boolean | undefined;
  /**
   * A function that people act through: see what holds the slots, acknowledge, mute, see what reclaim would end. With
   * `terminate: true` they may end it, too.
   *
   * @default - none
   * @see docs/actions.md
   */
  readonly actions?:
    | {
        /**
         * May sessions be ended by hand, each by the guarded statement?
         *
         * @default false
         */
        readonly terminate?: boolean | undefined;
      }
    | undefined;
  /**
   * Databases in one event, 1 to 25.
   *
   * @default 25
   */
  readonly databasesPerRun?: number | undefined;
  /**
   * Keep runs from overlapping. An account whose concurrency quota is still 10 cannot reserve any: set `false`.
   *
   * @default true
   */
  readonly reservedConcurrency?: boolean | undefined;
  /**
   * Point-in-time recovery of the guard's memory.
   *
   * @default true
   */
  readonly pointInTimeRecovery?: boolean | undefined;
  /**
   * How long the function's log is kept, in days.
   *
   * @default 30
   */
  readonly logRetentionDays?: (typeof RETENTIONS)[number] | undefined;
  /**
   * KMS keys that the function needs for secrets and topics that are given.
   *
   * @default []
   */
  readonly keyArns?: string[] | undefined;
  /**
   * Settings for every database that does not set its own; a database's value replaces the whole of it.
   *
   * @default {}
   */
  readonly defaults?: DatabaseSettings | undefined;
  /**
   * Databases that are watched without a deployment, by their tags.
   *
   * @default - none
   * @see docs/discovery.md
   */
  readonly discover?: DiscoverConfig | undefined;
  /** Up to 500 servers; none only where `discover` finds them. */
  readonly databases: readonly (InstanceEntry | ClusterEntry | LookupEntry)[];
}
