import type { ENGINES } from '../../lambda/discover/settings.ts';
import type { DatabaseSettings } from './database-settings.ts';

/** How databases that carry the tag `connection-guard: <profile>` are watched. TLS is always verified. */
export interface ProfileSettings extends Omit<DatabaseSettings, 'tls' | 'capacity'> {
  /**
   * How the guard logs in to each of them: as one role by IAM, or with one secret that they share.
   *
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.html
   */
  readonly login:
    | {
        /** RDS IAM authentication: no stored secret. */
        readonly iam: {
          /** The role in PostgreSQL. */
          readonly user: string;
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
  /**
   * The database to log in to.
   *
   * @default 'postgres'
   * @see docs/discovery.md#settings
   */
  readonly database?: string | undefined;
  /**
   * The port that they listen on; one with another port is not watched.
   *
   * @default 5432
   * @see docs/discovery.md#settings
   */
  readonly port?: number | undefined;
}

/** Which databases are watched without a deployment. */
export interface DiscoverSettings {
  /**
   * What follows the identifier in the endpoint of every instance, such as `cabcdefghijk.eu-central-1.rds.amazonaws.com`.
   * RDS gives each account one in each region; the guard logs in nowhere else for a profile.
   *
   * @see docs/discovery.md#settings
   */
  readonly domain: string;
  /**
   * By the value of the tag: 1 to 10.
   *
   * @see docs/discovery.md#settings
   */
  readonly profiles: Readonly<Record<string, ProfileSettings>>;
  /**
   * Tags that a database has to carry besides, such as `{ environment: 'production' }`.
   *
   * @default {}
   * @see docs/discovery.md#settings
   */
  readonly tags?: Record<string, string> | undefined;
  /**
   * Engines that are looked for.
   *
   * @default ['postgres', 'aurora-postgresql']
   * @see docs/discovery.md#settings
   */
  readonly engines?: (typeof ENGINES)[number][] | undefined;
  /**
   * The most that is watched, 1 to 2500: a bound for the bill and for the concurrency that is reserved.
   *
   * @default 500
   * @see docs/discovery.md#settings
   */
  readonly atMost?: number | undefined;
}

/** Discovery, as `guard.config.ts` has it. */
export interface DiscoverConfig extends DiscoverSettings {
  /**
   * The security group to open to the guard; `false` leaves it alone.
   *
   * @default - `network.databaseSecurityGroupId`
   * @see docs/discovery.md#settings
   */
  readonly securityGroupId?: string | false | undefined;
}
