import type { ENDPOINTS } from './schema.ts';

/** See {@link ConfigInput.network}. */
export interface NetworkSettings {
  /**
   * The VPC from which the databases can be reached.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
   */
  readonly vpcId: string;
  /**
   * Where the function runs; one subnet for each availability zone when endpoints are created.
   *
   * @default - the private subnets with a way out, looked up with AWS credentials
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
   */
  readonly subnetIds?: string[] | undefined;
  /**
   * Route tables of `subnetIds`, one for all or one each; the `dynamodb` endpoint is entered there.
   *
   * @default - none
   * @see https://docs.aws.amazon.com/vpc/latest/privatelink/
   */
  readonly routeTableIds?: string[] | undefined;
  /**
   * Security group of the function.
   *
   * @default - a created group: nothing in, and out only to the databases and to HTTPS
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
   */
  readonly securityGroupId?: string | undefined;
  /**
   * Security group of the databases, opened to the guard; `false` leaves every group alone, its owner opens it.
   *
   * @default - each database has to name its own
   * @see docs/configuration.md#the-stack
   */
  readonly databaseSecurityGroupId?: string | false | undefined;
  /**
   * VPC endpoints to create; none where a NAT gateway or endpoints exist already.
   *
   * @default []
   * @see https://docs.aws.amazon.com/vpc/latest/privatelink/
   */
  readonly endpoints?: (typeof ENDPOINTS)[number][] | undefined;
  /**
   * Run in dual-stack subnets, and reach databases and AWS by IPv6 too.
   *
   * @default false
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-ipv6
   */
  readonly ipv6?: boolean | undefined;
}

/** See {@link ConfigInput.notify}. */
export interface NotifySettings {
  /**
   * Subscribed to the created topics; each address has to confirm.
   *
   * @default []
   * @see docs/alerts.md#delivery
   */
  readonly emails?: string[] | undefined;
  /**
   * A channel of a workspace that was authorised once, by hand, in Amazon Q Developer in chat applications.
   *
   * @default - none
   * @see https://docs.aws.amazon.com/chatbot/latest/adminguide/slack-setup.html#slack-client-setup
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
   * @see https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
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
   * @see docs/alerts.md#what-is-in-a-message
   */
  readonly timeZone?: string | undefined;
  /**
   * How your team calls the command line, such as `npx @acme/rds-connection-guard@1.2.3`: messages then offer it.
   *
   * @default - messages offer psql
   * @see docs/cli.md
   */
  readonly command?: string | undefined;
  /**
   * Where your team publishes `docs/alerts.md`; each message then links to its own section of it.
   *
   * @default - no link
   * @see docs/alerts.md
   */
  readonly docsUrl?: string | undefined;
}
