import type { DatabaseSettings } from './database-settings.ts';

/** How the guard logs in: exactly one of the three. */
export type LoginSettings =
  | {
      /** RDS IAM authentication: no stored secret. */
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
      /** The full ARN of a secret with `username` and `password`. */
      readonly secretArn: string;
    }
  | {
      /** The name of such a secret in the stack's account and region. */
      readonly secretName: string;
    };

/** What an entry of `databases` may say besides how to watch it. */
interface EntrySettings extends DatabaseSettings {
  /** Its name in metrics, messages and alarms; unique. */
  readonly name: string;
  /** How the guard logs in. */
  readonly login: LoginSettings;
  /**
   * The database to log in to.
   *
   * @default 'postgres'
   */
  readonly database?: string | undefined;
  /**
   * The security group to open to the guard; `false` leaves it alone.
   *
   * @default - `network.databaseSecurityGroupId`; with `lookup` the database's own
   */
  readonly securityGroupId?: string | false | undefined;
  /**
   * The log group to which RDS exports the server's log: refused logins of every client are counted there. `true` finds
   * its name by an instance's endpoint or by `lookup`. It has to exist when the stack is deployed.
   *
   * @default - none
   */
  readonly postgresqlLogGroup?: boolean | string | undefined;
}

/** One server, named by its endpoint. Synthesizes offline. */
export interface InstanceEntry extends EntrySettings {
  /** The endpoint of an instance, or the SSM parameter that holds it when the stack is deployed. */
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
   */
  readonly port?: number | undefined;
}

/** An Aurora cluster: each instance is watched for itself, as `name/instance`, at its own endpoint. */
export interface ClusterEntry extends EntrySettings {
  /** Its instances; their names stay when others come and go. */
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
   */
  readonly port?: number | undefined;
}

/** Found by identifier at synth, which takes AWS credentials; a cluster's instances are named one by one. */
export interface LookupEntry extends EntrySettings {
  /** Identifiers in RDS. */
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
