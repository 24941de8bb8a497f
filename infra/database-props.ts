import type { ISecurityGroup } from 'aws-cdk-lib/aws-ec2';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { IDatabaseCluster, IDatabaseInstance } from 'aws-cdk-lib/aws-rds';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { DatabaseSettings } from './config/database-settings.ts';

/** How the guard logs in. */
export type GuardLogin =
  | {
      /**
       * RDS IAM authentication: no stored secret.
       *
       * @see https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.html
       */
      readonly iam: {
        /** The role in PostgreSQL. */
        readonly user: string;
        /**
         * The DbiResourceId of the instance, or the cluster's for Aurora.
         *
         * @default - that of `instance` or `cluster`; required with `host`
         */
        readonly resourceId?: string | undefined;
      };
    }
  | {
      /**
       * A secret with `username` and `password`, as RDS writes it; imported by name or partial ARN too.
       *
       * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_create-basic-secret.html
       */
      readonly secret: ISecret;
    }
  | {
      /**
       * The full ARN of such a secret, with the hyphen and six characters that Secrets Manager put at its end.
       *
       * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_create-basic-secret.html
       */
      readonly secretArn: string;
    }
  | {
      /**
       * The name of such a secret, in the account and region of the stack.
       *
       * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_create-basic-secret.html
       */
      readonly secretName: string;
    };

/** One database server, or one Aurora cluster, for the guard to watch. */
export interface GuardedDatabaseOptions extends DatabaseSettings {
  /**
   * In metrics, messages and alarms; unique in the guard.
   *
   * @see docs/configuration.md#each-database
   */
  readonly name: string;
  /**
   * The database to log in to.
   *
   * @default 'postgres'
   * @see docs/configuration.md#each-database
   */
  readonly database?: string | undefined;
  /**
   * How the guard logs in.
   *
   * @see docs/security.md#a-database-login
   */
  readonly login: GuardLogin;
  /**
   * The security groups to open to the guard; `[]` when their owner does that, as in another account.
   *
   * @default - those of `instance` or `cluster`; required with `host`
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
   */
  readonly securityGroups?: readonly ISecurityGroup[];
  /**
   * The log group to which RDS exports the server's log (`enabled_cloudwatch_logs_exports: postgresql`), in which
   * refused logins of every client are counted as `LoginsRefused`, with an alarm; the first wakes the guard at once.
   * `true` is the one that RDS makes for `instance` or `cluster`; with `host` it has to be named. It has to exist when
   * the stack is deployed, and has room for two subscription filters, of which this takes one.
   *
   * @default - none: only the guard's own refused logins are counted
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_LogAccess.Concepts.PostgreSQL.PublishtoCloudWatchLogs.html
   */
  readonly postgresqlLogGroup?: boolean | string | ILogGroup;
}

/** Where the server is: exactly one of the three. */
export type GuardedDatabase = GuardedDatabaseOptions &
  (
    | {
        /**
         * The endpoint of an instance; not of RDS Proxy, behind which no client can be seen.
         *
         * @see docs/configuration.md#each-database
         */
        readonly host: string;
        /**
         * The port that the server listens on.
         *
         * @default 5432
         * @see docs/configuration.md#each-database
         */
        readonly port?: number | undefined;
      }
    | {
        /**
         * An instance, owned by the app or imported.
         *
         * @see https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_PostgreSQL.html#PostgreSQL.Concepts
         */
        readonly instance: IDatabaseInstance;
      }
    | {
        /**
         * An Aurora cluster: each instance is watched for itself, as `name/identifier` where the identifier is known, as
         * `name/id` by its id in the construct tree where CloudFormation has yet to name it. Removing one moves no other.
         * An imported cluster has to name its instances and their endpoints.
         *
         * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Overview.Endpoints.html
         */
        readonly cluster: IDatabaseCluster;
      }
  );
