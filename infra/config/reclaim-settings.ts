import type { Threshold } from '../../lambda/config/threshold.ts';
import type { Seconds } from './seconds.ts';

/** See {@link DatabaseSettings.reclaim}. A mode is needed for the others to mean anything. */
export interface ReclaimSettings {
  /**
   * `off` does nothing, `dry-run` everything but the signal, `terminate` ends sessions.
   *
   * @default 'off'
   * @see docs/reclaim.md#the-policy
   */
  readonly mode?: 'off' | 'dry-run' | 'terminate' | undefined;
  /**
   * The level from which it acts; `always` acts at every check.
   *
   * @default 'critical'
   * @see docs/reclaim.md#the-policy
   */
  readonly at?: 'always' | 'warning' | 'critical' | 'full' | undefined;
  /**
   * A session idle for longer is stale when the level has just been reached.
   *
   * @default 330
   * @see docs/reclaim.md#the-policy
   */
  readonly idleFor?: Seconds | undefined;
  /**
   * The same for a session that was used once and never again.
   *
   * @default 50
   * @see docs/reclaim.md#the-policy
   */
  readonly usedOnceFor?: Seconds | undefined;
  /**
   * With no slot left both ages have fallen to this.
   *
   * @default 15
   * @see docs/reclaim.md#the-policy
   */
  readonly idleForAtFull?: Seconds | undefined;
  /**
   * A session idle in a transaction for longer is stale too; ending it rolls its work back.
   *
   * @default - never
   * @see docs/reclaim.md#the-policy
   */
  readonly idleInTransactionFor?: Seconds | undefined;
  /**
   * Stop as soon as fewer slots are used.
   *
   * @default - the warning threshold
   * @see docs/reclaim.md#the-policy
   */
  readonly until?: Threshold | undefined;
  /**
   * At most so many sessions at one check.
   *
   * @default 100
   * @see docs/reclaim.md#the-policy
   */
  readonly maxPerCheck?: number | undefined;
  /**
   * At most so many sessions in any hour.
   *
   * @default 30000
   * @see docs/reclaim.md#the-policy
   */
  readonly maxPerHour?: number | undefined;
  /**
   * Leave at least so many sessions of each role and application.
   *
   * @default 0
   * @see docs/reclaim.md#the-policy
   */
  readonly keepPerApplication?: number | undefined;
  /**
   * End the one session that most of those waiting for locks wait for, while it is idle in its transaction. Its work is
   * rolled back, and the others go on.
   *
   * @default false
   * @see docs/reclaim.md#the-session-that-blocks-the-others
   */
  readonly headBlocker?: boolean | undefined;
  /**
   * End only sessions that every list given here names.
   *
   * @default - any
   * @see docs/reclaim.md#the-policy
   */
  readonly only?: SelectionSettings | undefined;
  /**
   * Never end sessions that any list given here names.
   *
   * @default - none
   * @see docs/reclaim.md#the-policy
   */
  readonly except?: SelectionSettings | undefined;
}

/** Sessions by what opened them. Names are exact, or a beginning followed by `*`. */
export interface SelectionSettings {
  /**
   * Roles in PostgreSQL.
   *
   * @default - not asked
   * @see docs/reclaim.md#the-policy
   */
  readonly roles?: string[] | undefined;
  /**
   * Of `application_name`; `''` is a session without one.
   *
   * @default - not asked
   * @see docs/reclaim.md#the-policy
   */
  readonly applications?: string[] | undefined;
  /**
   * Databases that the sessions are logged in to.
   *
   * @default - not asked
   * @see docs/reclaim.md#the-policy
   */
  readonly databases?: string[] | undefined;
  /**
   * IP addresses or networks such as `10.0.0.0/16`.
   *
   * @default - not asked
   * @see docs/reclaim.md#the-policy
   */
  readonly clients?: string[] | undefined;
}
