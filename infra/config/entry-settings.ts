import type { DatabaseSettings } from './database-settings.ts';

/** How the guard logs in: exactly one of the three. */
export type LoginSettings =
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
         * The DbiResourceId of the instance, for Aurora the cluster's.
         *
         * @default - with `lookup` what RDS says; otherwise required
         */
        readonly resourceId?: string | undefined;
      };
    }
  | {
      /**
       * The full ARN of a secret with `username` and `password`.
       *
       * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_create-basic-secret.html
       */
      readonly secretArn: string;
    }
  | {
      /**
       * The name of such a secret in the stack's account and region.
       *
       * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_create-basic-secret.html
       */
      readonly secretName: string;
    };

/** What an entry of `databases` may say besides how to watch it. */
interface EntrySettings extends DatabaseSettings {
  /**
   * Its name in metrics, messages and alarms; unique.
   *
   * @see docs/configuration.md#each-database
   */
  readonly name: string;
  /**
   * How the guard logs in.
   *
   * @see docs/security.md#a-database-login
   */
  readonly login: LoginSettings;
  /**
   * The database to log in to.
   *
   * @default 'postgres'
   * @see docs/configuration.md#each-database
   */
  readonly database?: string | undefined;
  /**
   * The security group to open to the guard; `false` leaves it alone.
   *
   * @default - `network.databaseSecurityGroupId`; with `lookup` the database's own
   * @see docs/configuration.md#each-database
   */
  readonly securityGroupId?: string | false | undefined;
  /**
   * The log group to which RDS exports the server's log: refused logins of every client are counted there. `true` finds
   * its name by an instance's endpoint or by `lookup`. It has to exist when the stack is deployed.
   *
   * @default - none
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_LogAccess.Concepts.PostgreSQL.PublishtoCloudWatchLogs.html
   */
  readonly postgresqlLogGroup?: boolean | string | undefined;
}

/** One server, named by its endpoint. Synthesizes offline. */
export interface InstanceEntry extends EntrySettings {
  /**
   * The endpoint of an instance, or the SSM parameter that holds it when the stack is deployed.
   *
   * @see docs/configuration.md#each-database
   */
  readonly host:
    | string
    | {
        /** The parameter's name, such as `/orders/host`. */
        readonly ssm: string;
      };
  /**
   * The port that the server listens on.
   *
   * @default 5432
   * @see docs/configuration.md#each-database
   */
  readonly port?: number | undefined;
}

/** An Aurora cluster: each instance is watched for itself, as `name/instance`, at its own endpoint. */
export interface ClusterEntry extends EntrySettings {
  /**
   * Its instances; their names stay when others come and go.
   *
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Overview.Endpoints.html
   */
  readonly instances: readonly {
    /** What follows the slash in its name. */
    readonly name: string;
    /** Its own endpoint. */
    readonly host: string;
    /**
     * The port that it listens on.
     *
     * @default - that of the cluster
     */
    readonly port?: number;
  }[];
  /**
   * Of instances that name none.
   *
   * @default 5432
   * @see docs/configuration.md#each-database
   */
  readonly port?: number | undefined;
}

/** Found by identifier at synth, which takes AWS credentials; a cluster's instances are named one by one. */
export interface LookupEntry extends EntrySettings {
  /**
   * Identifiers in RDS.
   *
   * @see docs/configuration.md#each-database
   */
  readonly lookup:
    | {
        /** An instance's. */
        readonly instance: string;
      }
    | {
        /** An Aurora cluster's. */
        readonly cluster: string;
        /** Its instances', those that are to be watched. */
        readonly instances: readonly string[];
      };
}
