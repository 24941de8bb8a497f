import type { SampledSession, StatementHash } from '../../model/sampled-session.ts';

/** A session whose last use ended within so many seconds of its opening was used once, by one request. */
export const FIRST_USE = 5;

/** What the samples have shown of one session. Ages and gaps are seconds; moments are the server's microseconds. */
export interface TrackedSession {
  readonly session: SampledSession;
  /** The last statement's hashes, from whichever sample brought them. */
  readonly statement: StatementHash | null;
  /** Its whole life is known: nothing but its first use lies before the first sample that showed it. */
  readonly known: boolean;
  /** It ran statement after statement between two samples, without a pause that a sample saw. */
  readonly busy: boolean;
  /** How many samples showed that it had come back from being idle, its first use apart. */
  readonly returns: number;
  /**
   * The longest time after which it came back. The idle age that the last sample before a return showed is the least
   * it can be. The most is the lesser of two: that age and the time to the next sample; and the difference of two
   * `state_change`, which holds whatever happened in between.
   */
  readonly gap: { readonly least: number; readonly most: number };
  /** In how many returns in a row the statement was the same, values included. */
  readonly sameText: number;
  /** What rules have said of the session since it is idle, and when: its idle age then. */
  readonly predicted: readonly OpenPrediction[];
  /** A younger session runs the same statement, values included, whether or not it has shown that it goes on with it. */
  readonly hasYounger: boolean;
  /** The younger one has shown it: when the youngest was opened, in the server's microseconds. Null otherwise. */
  readonly replacedAt: number | null;
}

/** A prediction that waits to be verified. */
export interface OpenPrediction {
  readonly rule: string;
  /** The idle age from which the rule speaks of the session: what its silence is measured by. */
  readonly from: number;
  /** It was silent for so long that it counted as right. */
  readonly proven: boolean;
}

/** How one prediction turned out. */
export interface Verified {
  readonly session: TrackedSession;
  readonly rule: string;
  readonly right: boolean;
}

/** Seconds from one of the server's moments to another. */
export const secondsBetween = (from: number, to: number): number => Math.max(0, (to - from) / 1e6);

/** Names the pool of a session and the text of its last statement, values included. */
export function textOf({ session: { role, database, application }, statement }: TrackedSession): string {
  return JSON.stringify([role, database, application, statement?.text ?? null]);
}

/** A session that no sample showed before. */
export function firstSeen(session: SampledSession): TrackedSession {
  return {
    session,
    statement: session.statement,
    known: secondsBetween(session.startedAt, session.changedAt) <= FIRST_USE,
    busy: false,
    returns: 0,
    gap: { least: 0, most: 0 },
    sameText: 0,
    predicted: [],
    hasYounger: false,
    replacedAt: null,
  };
}

/**
 * The same session at the next sample.
 *
 * @param before when the sample that `tracked` comes from was taken.
 * @param now when this one was.
 */
export function seenAgain(
  tracked: TrackedSession,
  session: SampledSession,
  before: number,
  now: number,
): TrackedSession {
  const last = tracked.session;
  const statement = session.statement ?? tracked.statement;
  if (session.changedAt === last.changedAt) return { ...tracked, session, statement };
  const changed = { ...tracked, session, statement, predicted: [] };
  if (secondsBetween(session.startedAt, session.changedAt) <= FIRST_USE) return changed;
  if (last.state !== 'idle') return { ...changed, busy: tracked.busy || session.state !== 'idle' };
  const idleFor = secondsBetween(last.changedAt, before);
  const most = Math.min(
    idleFor + secondsBetween(before, now),
    secondsBetween(last.changedAt, session.changedAt),
  );
  return {
    ...changed,
    returns: tracked.returns + 1,
    gap: { least: Math.max(tracked.gap.least, idleFor), most: Math.max(tracked.gap.most, most) },
    sameText:
      session.statement !== null && session.statement.text === tracked.statement?.text
        ? tracked.sameText + 1
        : 0,
  };
}

/**
 * Seconds for which a session that came back is left alone when it is idle again; null when it never came back. Twice
 * its longest gap, and more while it has shown few: the longest of one or two is not yet the longest there is.
 */
export function patienceFor({ returns, gap }: TrackedSession): number | null {
  return returns === 0 ? null : Math.max((2 + 2 / returns) * gap.least, gap.most);
}

/** Fewer returns make no rhythm: the longest gap of two is no measure of the next. */
export const RHYTHM_RETURNS = 3;

/** A rhythm counts as broken no sooner than this, in seconds: a garbage collection or a slow statement is no end. */
const LEAST_PATIENCE = 5;

/** The idle age from which a rhythm is broken, in seconds. */
export function rhythmBreaksAt(tracked: TrackedSession): number {
  return Math.max(LEAST_PATIENCE, patienceFor(tracked) ?? 0);
}

/** True unless it is idle for longer than any gap that it has shown. */
export function isAlive(tracked: TrackedSession, at: number): boolean {
  const { state, changedAt } = tracked.session;
  return state !== 'idle' || secondsBetween(changedAt, at) <= rhythmBreaksAt(tracked);
}
