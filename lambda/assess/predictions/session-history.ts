import type { SampledSession, SampledSessions } from '../../model/sampled-session.ts';
import { sessionKey } from '../../model/sampled-session.ts';
import { replacements } from './replaced.ts';
import { RULES, replaced, says } from './rules.ts';
import {
  firstSeen,
  isAlive,
  secondsBetween,
  seenAgain,
  type TrackedSession,
  type Verified,
} from './tracked-session.ts';
import { isTriable, type Trial, verifyTrials } from './trials.ts';

/** What the samples of one process have shown of a server's sessions. It is not stored: a new process begins anew. */
export interface SessionHistory {
  /** The last sample, by the server's clock; null before the first. */
  readonly at: number | null;
  /** `Server.startedAt` then: a server that restarted has other sessions, and they prove nothing of the old ones. */
  readonly server: string | null;
  readonly sessions: ReadonlyMap<string, TrackedSession>;
  /** Sessions that were ended, and of which it is not known yet whether their clients open others. */
  readonly trials: readonly Trial[];
}

/** A history that has seen nothing. */
export const emptySessionHistory: SessionHistory = {
  at: null,
  server: null,
  sessions: new Map(),
  trials: [],
};

/** What one sample verified, and of which stretch of time. */
export interface Lesson {
  /** From the sample before (null at the first) to this one. */
  readonly from: number | null;
  readonly at: number;
  readonly server: string;
  readonly verified: readonly Verified[];
  /** Sessions that were gone at this sample: used once, and then closed by their own clients. */
  readonly closedUnused: readonly TrackedSession[];
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
 *
 * @param left slots that were left for logins at this sample. @default enough
 */
export function addSample(
  history: SessionHistory,
  sample: SampledSessions,
  server: string,
  left = Number.POSITIVE_INFINITY,
): { history: SessionHistory; lesson: Lesson } {
  const { at } = sample;
  const from = history.server === server && history.at !== null && history.at <= at ? history.at : null;
  const before = from === null ? emptySessionHistory.sessions : history.sessions;
  const verified: Verified[] = [];
  const closedUnused: TrackedSession[] = [];
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
    if (gone.hasYounger) verified.push({ session: gone, rule: replaced.name, right: true });
    if (gone.session.state === 'idle' && gone.returns === 0 && gone.known && !gone.busy)
      closedUnused.push(gone);
  }
  const tried =
    from === null
      ? { trials: [], verified: [] }
      : verifyTrials(history.trials, sessions.values(), { from, now: at, left }, replaced.name);
  verified.push(...tried.verified);
  return {
    history: { at, server, sessions: withReplacements(sessions, at, verified), trials: tried.trials },
    lesson: { from, at, server, verified, closedUnused },
  };
}

/**
 * The sessions with what is known of their replacement, and what it verifies: of two with the same statement, the older
 * one fell silent first (right), or the younger one did (wrong).
 */
function withReplacements(
  sessions: ReadonlyMap<string, TrackedSession>,
  at: number,
  verified: Verified[],
): ReadonlyMap<string, TrackedSession> {
  const members = [...sessions].map(([key, tracked]) => ({ key, tracked }));
  const found = replacements(members, at);
  return new Map(
    members.map(({ key, tracked }) => {
      const [alive, hadYounger] = [isAlive(tracked, at), tracked.hasYounger];
      const [hasYounger, replacedAt] = [found.hasYounger.has(key), found.replaced.get(key) ?? null];
      if (hadYounger && alive !== hasYounger)
        verified.push({ session: tracked, rule: replaced.name, right: !alive });
      const next = { hasYounger: alive && hasYounger, replacedAt };
      return [key, { ...tracked, ...next }];
    }),
  );
}

/**
 * The history without sessions that the guard itself has signalled: that they are gone proves nothing. Whether their
 * clients open others does, where it can be told.
 */
export function forget(
  history: SessionHistory,
  ended: readonly Pick<SampledSession, 'pid' | 'startedAt'>[],
): SessionHistory {
  const { at } = history;
  if (ended.length === 0 || at === null) return history;
  const sessions = new Map(history.sessions);
  const trials = [...history.trials];
  for (const key of ended.map(sessionKey)) {
    const tracked = sessions.get(key);
    if (tracked && isTriable(tracked, at)) trials.push({ session: tracked, at, hadSlots: 0, wasFull: false });
    sessions.delete(key);
  }
  return { ...history, sessions, trials };
}

/** The session with what the rules say of it by now, and the rules whose earlier word counts as right from now on. */
function predicted(tracked: TrackedSession, at: number): { tracked: TrackedSession; proven: string[] } {
  const { session } = tracked;
  if (session.state !== 'idle') return { tracked, proven: [] };
  const idleFor = secondsBetween(session.changedAt, at);
  const proven: string[] = [];
  const open = tracked.predicted.map((prediction) => {
    const provenAt = RULES_BY_NAME.get(prediction.rule)?.provenAt?.(prediction.from);
    if (prediction.proven || provenAt === undefined || idleFor < provenAt) return prediction;
    proven.push(prediction.rule);
    return { ...prediction, proven: true };
  });
  for (const rule of RULES) {
    if (rule.provenAt === null || !says(rule, tracked, idleFor)) continue;
    if (open.some((prediction) => prediction.rule === rule.name)) continue;
    open.push({ rule: rule.name, from: rule.speaksFrom(tracked) ?? 0, proven: false });
  }
  return { tracked: { ...tracked, predicted: open }, proven };
}
