import type { DatabaseInput } from '../../lambda/config/database.ts';
import type { Threshold } from '../../lambda/config/threshold.ts';
import type { ReclaimSettings } from './reclaim-settings.ts';
import type { Seconds } from './seconds.ts';

/** How a database is watched. */
export interface DatabaseSettings {
  /**
   * Where levels begin: a share of the usable slots (`'70%'`), a number of used slots (`150`) or what is left (`'20 left'`).
   *
   * @default { warning: '70%', critical: '85%' }
   * @see docs/configuration.md
   */
  readonly thresholds?:
    | {
        /** Level warning begins here. */
        readonly warning: Threshold;
        /** Level critical begins here; reached after `warning`. */
        readonly critical: Threshold;
      }
    | undefined;
  /**
   * Time between two samples while all is well, 1 to 60 s; 60 is one sample a run.
   *
   * @default 5
   * @see docs/cost.md
   */
  readonly sampleEvery?: Seconds | undefined;
  /**
   * Time between two samples from level warning on, 1 to 60 s.
   *
   * @default 5
   * @see docs/benchmarks.md#how-often-to-sample
   */
  readonly sampleEveryUnderPressure?: Seconds | undefined;
  /**
   * The longest that one sample may take, repeated logins at a full server included, 1 to 45 s.
   *
   * @default 10
   * @see docs/configuration.md#each-database
   */
  readonly checkTimeout?: Seconds | undefined;
  /**
   * Encryption on the way to the server.
   *
   * @default { mode: 'verify-full' }
   * @see docs/security.md
   */
  readonly tls?: TlsSettings | undefined;
  /**
   * When levels count as left, and how often people are reminded.
   *
   * @default {}
   * @see docs/alerts.md
   */
  readonly alerts?: AlertSettings | undefined;
  /**
   * Whether and which stale sessions may be ended.
   *
   * @default { mode: 'off' }
   * @see docs/reclaim.md
   */
  readonly reclaim?: ReclaimSettings | undefined;
  /**
   * How many sessions each application may hold.
   *
   * @default []
   * @see docs/will-it-fit.md
   */
  readonly budgets?: DatabaseInput['budgets'];
  /**
   * Slots kept for people and tools: the budgets must fit beside them.
   *
   * @default 0
   * @see docs/will-it-fit.md#declare
   */
  readonly reserve?: number | undefined;
  /**
   * What is known of the server beforehand: budgets that cannot fit are refused at synth.
   *
   * @default - not known
   * @see docs/will-it-fit.md#declare
   */
  readonly capacity?: DatabaseInput['capacity'];
}

/** See {@link DatabaseSettings.tls}. */
export interface TlsSettings {
  /**
   * `verify-full` checks the certificate and the host name; `disable` sends everything in the clear.
   *
   * @default 'verify-full'
   * @see docs/security.md#a-network-attacker
   */
  readonly mode?: 'verify-full' | 'disable' | undefined;
  /**
   * A PEM file of certificates to trust instead; read when the stack is synthesized, and shipped with the function.
   *
   * @default - Node's roots, and Amazon's as the Lambda runtime has them in `/var/runtime/ca-cert.pem`
   * @see docs/security.md#a-network-attacker
   */
  readonly caFile?: string | undefined;
}

/** See {@link DatabaseSettings.alerts}. */
export interface AlertSettings {
  /**
   * Percentage points of usable under a threshold at which its level counts as left.
   *
   * @default 5
   * @see docs/alerts.md#when-a-level-is-entered-and-left
   */
  readonly clearMargin?: number | undefined;
  /**
   * Explicit values instead of the margin.
   *
   * @default {}
   * @see docs/alerts.md#when-a-level-is-entered-and-left
   */
  readonly clear?:
    | {
        /**
         * Level warning is left here.
         *
         * @default - `clearMargin` under its threshold
         */
        readonly warning?: Threshold | undefined;
        /**
         * Level critical is left here.
         *
         * @default - `clearMargin` under its threshold
         */
        readonly critical?: Threshold | undefined;
      }
    | undefined;
  /**
   * How long samples must stay clear before the level is left.
   *
   * @default 180
   * @see docs/alerts.md#when-a-level-is-entered-and-left
   */
  readonly clearAfter?: Seconds | undefined;
  /**
   * Time between reminders while a level lasts.
   *
   * @default { warning: 14400, critical: 1800 }
   * @see docs/alerts.md#reminder
   */
  readonly remindAfter?:
    | {
        /**
         * At warning, and while the database is unreachable; 60 to 604800.
         *
         * @default 14400
         */
        readonly warning?: Seconds | undefined;
        /**
         * At critical and full; 60 to 604800.
         *
         * @default 1800
         */
        readonly critical?: Seconds | undefined;
      }
    | undefined;
}
