import type { DatabaseSettings } from './database-settings.ts';

/** How the guard logs in: exactly one of the three. */
export type LoginSettings =
  | {
      /** RDS IAM authentication: no stored secret. `resourceId` is the DbiResourceId, for Aurora the cluster's. */
      readonly iam: { readonly user: string; readonly resourceId?: string | undefined };
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
  readonly host: string | { readonly ssm: string };
  /** @default 5432 */
  readonly port?: number | undefined;
}

/** An Aurora cluster: each instance is watched for itself, as `name/instance`, at its own endpoint. */
export interface ClusterEntry extends EntrySettings {
  /** Its instances; their names stay when others come and go. */
  readonly instances: readonly { readonly name: string; readonly host: string; readonly port?: number }[];
  /** Of instances that name none. @default 5432 */
  readonly port?: number | undefined;
}

/** Found by identifier at synth, which takes AWS credentials; a cluster's instances are named one by one. */
export interface LookupEntry extends EntrySettings {
  /** Identifiers in RDS. */
  readonly lookup:
    | { readonly instance: string }
    | { readonly cluster: string; readonly instances: readonly string[] };
}
