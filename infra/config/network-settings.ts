import type { ENDPOINTS } from './schema.ts';

/** See {@link ConfigInput.network}. */
export interface NetworkSettings {
  /** The VPC from which the databases can be reached. */
  readonly vpcId: string;
  /**
   * Where the function runs; one subnet for each availability zone when endpoints are created.
   *
   * @default - the private subnets with a way out, looked up with AWS credentials
   */
  readonly subnetIds?: string[] | undefined;
  /**
   * Route tables of `subnetIds`, one for all or one each; the `dynamodb` endpoint is entered there.
   *
   * @default - none
   */
  readonly routeTableIds?: string[] | undefined;
  /**
   * Security group of the function.
   *
   * @default - a created group: nothing in, and out only to the databases and to HTTPS
   */
  readonly securityGroupId?: string | undefined;
  /**
   * Security group of the databases, opened to the guard; `false` leaves every group alone, its owner opens it.
   *
   * @default - each database has to name its own
   */
  readonly databaseSecurityGroupId?: string | false | undefined;
  /**
   * VPC endpoints to create; none where a NAT gateway or endpoints exist already.
   *
   * @default []
   */
  readonly endpoints?: (typeof ENDPOINTS)[number][] | undefined;
  /**
   * Run in dual-stack subnets, and reach databases and AWS by IPv6 too.
   *
   * @default false
   */
  readonly ipv6?: boolean | undefined;
}

/** See {@link ConfigInput.notify}. */
export interface NotifySettings {
  /**
   * Subscribed to the created topics; each address has to confirm.
   *
   * @default []
   */
  readonly emails?: string[] | undefined;
  /**
   * A channel of a workspace that was authorised once, by hand, in Amazon Q Developer in chat applications.
   *
   * @default - none
   */
  readonly slack?:
    | {
        /** `T...`, from the workspace's address in Amazon Q Developer in chat applications. */
        readonly workspaceId: string;
        /** `C...`, from the channel's link. */
        readonly channelId: string;
      }
    | undefined;
  /**
   * ARNs of existing topics in place of created ones; `alarms` has to let CloudWatch publish.
   *
   * @default {}
   */
  readonly topics?:
    | {
        /**
         * Where messages of level warning go.
         *
         * @default - a created topic
         */
        readonly warning?: string | undefined;
        /**
         * Where messages of level critical and full go.
         *
         * @default - the created topic of the warnings
         */
        readonly critical?: string | undefined;
        /**
         * Where CloudWatch alarms go, the safety net.
         *
         * @default - another created topic
         */
        readonly alarms?: string | undefined;
      }
    | undefined;
  /**
   * IANA time zone of the times in messages.
   *
   * @default 'UTC'
   */
  readonly timeZone?: string | undefined;
  /**
   * How your team calls the command line, such as `npx @acme/rds-connection-guard@1.2.3`: messages then offer it.
   *
   * @default - messages offer psql
   */
  readonly command?: string | undefined;
  /**
   * Where your team publishes `docs/alerts.md`; each message then links to its own section of it.
   *
   * @default - no link
   */
  readonly docsUrl?: string | undefined;
}
