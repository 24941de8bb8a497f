import type { SampledSession, SampledSessions } from '../../model/observation.ts';
import { sessionKey } from '../../model/observation.ts';
import { RULES } from './rules.ts';
import { firstSeen, secondsBetween, seenAgain, type TrackedSession } from './tracked-session.ts';

/** What the samples of one process have shown of a server's sessions. It is not stored: a new process begins anew. */
export interface SessionHistory {
  /** The last sample, by the server's clock; null before the first. */
  readonly at: number | null;
  /** `Server.startedAt` then: a server that restarted has other sessions, and they prove nothing of the old ones. */
  readonly server: string | null;
  readonly sessions: ReadonlyMap<string, TrackedSession>;
}

/** A history that has seen nothing. */
export const emptySessionHistory: SessionHistory = { at: null, server: null, sessions: new Map() };

/** How one prediction turned out. */
export interface Verified {
  readonly session: TrackedSession;
  readonly rule: string;
  readonly right: boolean;
}

/** What one sample verified, and of which stretch of time. */
export interface Lesson {
  /** From the sample before (null at the first) to this one. */
  readonly from: number | null;
  readonly at: number;
  readonly server: string;
  readonly verified: readonly Verified[];
}

/** A session that vanished within so many seconds was closed as it stood, not used once more and then closed. */
const SOON = 10;

const RULES_BY_NAME = new Map(RULES.map((rule) => [rule.name, rule]));

/**
 * Adds one sample: verifies what was predicted at earlier ones, and predicts. Pure.
 *
 * A session that changed came back: its predictions were wrong. One that is gone was closed by its own client: right,
 * if it is sure that it was not used in between (and see {@link forget} for those that we ended). One that stays
 * silent long enough counts as right too, until it does come back.
 */
export function addSample(
  history: SessionHistory,
  sample: SampledSessions,
  server: string,
): { history: SessionHistory; lesson: Lesson } {
  const { at } = sample;
  const from = history.server === server && history.at !== null && history.at <= at ? history.at : null;
  const before = from === null ? emptySessionHistory.sessions : history.sessions;
  const verified: Verified[] = [];
  const sessions = new Map<string, TrackedSession>();
  for (const session of sample.sessions) {
    const key = sessionKey(session);
    const known = before.get(key);
    if (known && known.session.changedAt !== session.changedAt)
      for (const { rule } of known.predicted) verified.push({ session: known, rule, right: false });
    const next = known && from !== null ? seenAgain(known, session, from, at) : firstSeen(session);
    const { tracked, proven } = predicted(next, at);
    for (const rule of proven) verified.push({ session: tracked, rule, right: true });
    sessions.set(key, tracked);
  }
  for (const [key, gone] of before) {
    if (from === null || sessions.has(key)) continue;
    const idleFor = secondsBetween(gone.session.changedAt, from);
    if (secondsBetween(from, at) > Math.max(SOON, idleFor)) continue;
    for (const { rule, proven } of gone.predicted)
      if (!proven) verified.push({ session: gone, rule, right: true });
  }
  return { history: { at, server, sessions }, lesson: { from, at, server, verified } };
}

/** The history without sessions that the guard itself has signalled: that they are gone proves nothing. */
export function forget(
  history: SessionHistory,
  ended: readonly Pick<SampledSession, 'pid' | 'startedAt'>[],
): SessionHistory {
  if (ended.length === 0) return history;
  const sessions = new Map(history.sessions);
  for (const session of ended) sessions.delete(sessionKey(session));
  return { ...history, sessions };
}

/** The session with what the rules say of it by now, and the rules whose earlier word counts as right from now on. */
function predicted(tracked: TrackedSession, at: number): { tracked: TrackedSession; proven: string[] } {
  const { session } = tracked;
  if (session.state !== 'idle') return { tracked, proven: [] };
  const idleFor = secondsBetween(session.changedAt, at);
  const isProven = ({ rule, idleFor: then }: { rule: string; idleFor: number }) =>
    idleFor >= (RULES_BY_NAME.get(rule)?.provenAfter(then) ?? Number.POSITIVE_INFINITY);
  const proven = tracked.predicted.filter((open) => !open.proven && isProven(open)).map(({ rule }) => rule);
  const open = tracked.predicted.map((one) => (proven.includes(one.rule) ? { ...one, proven: true } : one));
  const fresh = RULES.filter(
    ({ name, says }) => says(tracked, idleFor) && !open.some(({ rule }) => rule === name),
  ).map(({ name }) => ({ rule: name, idleFor, proven: false }));
  return fresh.length === 0 && proven.length === 0
    ? { tracked, proven }
    : { tracked: { ...tracked, predicted: [...open, ...fresh] }, proven };
}
