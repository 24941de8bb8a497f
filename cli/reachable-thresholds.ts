import type { Database } from '../lambda/config/database.ts';
import { DEFAULT_THRESHOLDS } from '../lambda/config/threshold.ts';

/** A database whose thresholds can be reached, and what was put in place of those that cannot; null: nothing. */
export interface Reachable {
  readonly database: Database;
  readonly note: string | null;
}

/**
 * Puts the default shares in place of counts that are more than the usable slots: such a level would never be reached before
 * the server is full, and a server at 92 % would pass for ok.
 */
export function withReachableThresholds(database: Database, usable: number): Reachable {
  const { warning, critical } = database.thresholds;
  const isBeyond = (written: number | string) => typeof written === 'number' && written > usable;
  const beyond = [
    ...(isBeyond(warning) ? [`warning ${warning}`] : []),
    ...(isBeyond(critical) ? [`critical ${critical}`] : []),
  ];
  if (beyond.length === 0) return { database, note: null };
  const thresholds = {
    warning: isBeyond(warning) ? DEFAULT_THRESHOLDS.warning : warning,
    critical: isBeyond(critical) ? DEFAULT_THRESHOLDS.critical : critical,
  };
  const note = `${beyond.join(' and ')} of ${usable} usable slots can never be reached: warning ${thresholds.warning}, critical ${thresholds.critical} hold instead`;
  return { database: { ...database, thresholds }, note };
}
