import {
  errorOf,
  isTried,
  type KnownSession,
  type KnownSessions,
  type Prediction,
} from '../model/prediction.ts';
import { sessionKey } from '../model/sampled-session.ts';
import type { LevelThresholds } from './allowed-idle-age.ts';
import type { SessionRow } from './list-sessions.ts';

/** The measured error up to which a rule may end sessions: where critical begins, and with no slot left. */
const ALLOWED_ERROR = { atCritical: 0.01, atFull: 0.06 };

/**
 * The same for a rule that is verified by trials. With no slot left a refused login harms a client as well, and a client
 * that this rule wrongs comes back by itself. Where it wrongs living clients at all, nearly all of its trials are wrong.
 */
const ALLOWED_ERROR_BY_TRIALS = { atCritical: 0.01, atFull: 0.2 };

/**
 * By so many seconds a session may have been opened later than any of which the rule was right. A deploy changes what
 * sessions do: those that are younger than all that was learned may be of another kind.
 */
const ALLOWED_UNLIKE = { atCritical: 5, atFull: 45 };

/** One session in so many is held back although a rule may end it: what becomes of these goes on measuring the rule. */
const CONTROL_OF = 20;

/** Held back at a time, at most: a share of the slots, and at least so many. The longest idle are let go first. */
const MOST_HELD = { share: 0.05, least: 2 };

/** What the pressure allows a rule. */
export interface Allowed {
  /** Its measured error, at most; and that of one that is verified by trials. */
  readonly error: number;
  readonly errorByTrials: number;
  /** {@link Prediction.unlike} of a session that it ends, at most. */
  readonly unlike: number;
}

/** What a rule is allowed while `used` slots are used. */
export function allowedAt(used: number, { critical, full }: LevelThresholds): Allowed {
  const share = (used - critical.enter) / Math.max(1, full.enter - critical.enter);
  const rising = ({ atCritical, atFull }: typeof ALLOWED_ERROR) =>
    atCritical + (atFull - atCritical) * Math.min(1, Math.max(0, share));
  return {
    error: rising(ALLOWED_ERROR),
    errorByTrials: rising(ALLOWED_ERROR_BY_TRIALS),
    unlike: rising(ALLOWED_UNLIKE),
  };
}

const hasAllowedError = ({ score, isByTrials }: Prediction, { error, errorByTrials }: Allowed) =>
  errorOf(score) <= (isByTrials ? errorByTrials : error);

/** What is known of a session, if it has done nothing since the sample that showed it. */
export function knownOf(row: SessionRow, known: KnownSessions): KnownSession | null {
  const key = sessionKey({ pid: row.pid, startedAt: microseconds(row.backendStart) });
  const session = known.get(key);
  return session?.changedAt === microseconds(row.stateChange) ? session : null;
}

/** True when the rule that speaks of the session has been right often enough, and of sessions like this one. */
export function isEarned({ prediction }: KnownSession, allowed: Allowed): boolean {
  return (
    prediction !== null &&
    isTried(prediction.score) &&
    hasAllowedError(prediction, allowed) &&
    prediction.unlike <= allowed.unlike
  );
}

/** A few wrong predictions are enough to warn of sessions that have shown nothing of their own yet. */
const WARNING = 2.5;

/** True when sessions of which the rule said the same are known to come back more often than is allowed. */
export function speaksAgainst({ prediction, patience }: KnownSession, allowed: Allowed): boolean {
  if (prediction === null || hasAllowedError(prediction, allowed)) return false;
  return isTried(prediction.score) || (patience === null && prediction.score.wrong >= WARNING);
}

/**
 * The sessions that are held back as the control, of those that rules may end. Which ones follows from the session
 * alone, so that it is the same at every check and in every process.
 */
export function heldBack(earned: readonly SessionRow[], full: number): ReadonlySet<SessionRow> {
  const most = Math.max(MOST_HELD.least, Math.ceil(full * MOST_HELD.share));
  return new Set(
    earned
      .filter(isControl)
      .sort((a, b) => a.idleFor - b.idleFor)
      .slice(0, most),
  );
}

/** Spread evenly whatever the pids are: the time of the login, to the microsecond, decides. */
function isControl({ pid, backendStart }: SessionRow): boolean {
  return (Math.imul(pid ^ (microseconds(backendStart) % 2 ** 31), 0x9e3779b1) >>> 8) % CONTROL_OF === 0;
}

/** Microseconds since the epoch of a timestamp with six decimals, which a Date would drop; 0 of an empty one. */
export function microseconds(timestamp: string): number {
  if (timestamp === '') return 0;
  const [head = '', fraction = ''] = timestamp.replace('Z', '').split('.');
  return Date.parse(`${head}Z`) * 1000 + Number(fraction.padEnd(6, '0').slice(0, 6));
}
