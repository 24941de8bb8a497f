import type { Pool } from '../../model/pool.ts';
import { poolHash } from '../../model/pool.ts';
import {
  errorOf,
  FEWEST_MOMENTS,
  isTried,
  type KnownSession,
  type KnownSessions,
  type Learned,
  type Prediction,
  SCORE_MEMORY,
  type Score,
  type StoredScore,
} from '../../model/prediction.ts';
import { RULES, type Rule, replaced, says } from './rules.ts';
import type { Lesson, SessionHistory } from './session-history.ts';
import { patienceFor, secondsBetween, type TrackedSession } from './tracked-session.ts';
import { sessionsToTry } from './trials.ts';

/** Scopes kept at most: pools, and shapes of statements within pools. Those that learned least lately go first. */
const MOST_SCOPES = { pools: 6, shapes: 8 };

/** The server's clock may be set back; what was learned later than this (µs) before that says nothing of now. */
const SET_BACK = 60_000_000;

const FADE = 1 - 1 / SCORE_MEMORY;

/** So much is left of the score of a rule when one that waits for shorter turns out wrong. */
const DOUBT = 0.9;

const NONE: Score = { tried: 0, wrong: 0, moments: 0, youngest: 0 };

/**
 * Adds what one sample verified to the scores. Pure.
 *
 * A lesson that begins before what has been learned already is left out: another environment of the function, or a run
 * of the same event, has tracked the same sessions and was first.
 */
export function learn(learned: Learned, lesson: Lesson): Learned {
  const { from, at, server, verified, closedUnused } = lesson;
  const isKnown = learned.server === server && learned.until <= at + SET_BACK;
  if (from === null || (isKnown && from < learned.until)) return learned;
  const hash = hasher();
  const scores = new Map(
    Object.entries(learned.scores).map(([scope, rules]) => [scope, new Map(Object.entries(rules))]),
  );
  const moments = new Set<string>();
  // The right ones first: what went wrong last weighs most.
  for (const { session, rule, right } of [...verified].sort((a, b) => Number(b.right) - Number(a.right))) {
    for (const scope of scopesOf(session, hash)) {
      const rules = scores.get(scope) ?? new Map<string, StoredScore>();
      const isFirst = !moments.has(`${scope} ${rule}`);
      moments.add(`${scope} ${rule}`);
      if (!right) surprise(rules, rule);
      rules.set(rule, added(rules.get(rule), session, right, isFirst));
      // The scope that learned last stands last.
      scores.delete(scope);
      scores.set(scope, rules);
    }
  }
  for (const tracked of closedUnused) {
    for (const scope of scopesOf(tracked, hash)) alike(scores.get(scope), tracked);
  }
  const kept: Record<string, Record<string, StoredScore>> = {};
  for (const scope of bounded([...scores.keys()])) kept[scope] = Object.fromEntries(scores.get(scope) ?? []);
  return { until: at, server, scores: verified.length + closedUnused.length === 0 ? learned.scores : kept };
}

function added(
  before: StoredScore | undefined,
  { session }: TrackedSession,
  right: boolean,
  isFirst: boolean,
): StoredScore {
  const [tried, wrong, moments, youngest] = before ?? [0, 0, 0, 0];
  return [
    round(tried * FADE + 1),
    round(wrong * FADE + (right ? 0 : 1)),
    isFirst ? Math.min(FEWEST_MOMENTS, moments + 1) : moments,
    right ? Math.max(youngest, Math.floor(session.startedAt / 1e6)) : youngest,
  ];
}

/**
 * A session used once and closed by its own client, however soon, shows that those opened by then still do as the ones
 * before them: rules that were right of older ones may speak of it. It counts in no score, for it was not predicted.
 */
function alike(rules: Map<string, StoredScore> | undefined, tracked: TrackedSession): void {
  const openedAt = Math.floor(tracked.session.startedAt / 1e6);
  for (const { name, isOfOthers, speaksFrom } of RULES) {
    const score = isOfOthers && speaksFrom(tracked) !== null ? rules?.get(name) : undefined;
    if (score === undefined) continue;
    const [tried, wrong, moments, youngest] = score;
    if (youngest > 0 && openedAt > youngest) rules?.set(name, [tried, wrong, moments, openedAt]);
  }
}

/** Where a rule is wrong, what those that wait longer have proven is doubted: they have not been asked for as long. */
function surprise(rules: Map<string, StoredScore>, rule: string): void {
  for (const { name, waitsLongerThan } of RULES) {
    const score = waitsLongerThan.includes(rule) ? rules.get(name) : undefined;
    if (score) rules.set(name, [round(score[0] * DOUBT), round(score[1] * DOUBT), score[2], score[3]]);
  }
}

const round = (value: number) => Math.round(value * 100) / 100;

function bounded(scopes: readonly string[]): readonly string[] {
  const shapes = scopes.filter((scope) => scope.includes('.')).slice(-MOST_SCOPES.shapes);
  const pools = scopes.filter((scope) => !scope.includes('.')).slice(-MOST_SCOPES.pools);
  return scopes.filter((scope) => pools.includes(scope) || shapes.includes(scope));
}

/** What the rules say of each idle session of the last sample, and how far they can be trusted. */
export function knownSessions(history: SessionHistory, { scores }: Learned): KnownSessions {
  const { at } = history;
  if (at === null) return new Map();
  const hash = hasher();
  const scoreOfReplaced = (tracked: TrackedSession) =>
    scoreOf(replaced.name, scopesOf(tracked, hash), scores);
  const toTry = sessionsToTry(history.sessions, history.trials, at, scoreOfReplaced);
  return new Map(
    [...history.sessions].map(([key, tracked]) => [
      key,
      { ...known(tracked, at, scores, hash), mayTry: toTry.has(key) },
    ]),
  );
}

function known(
  tracked: TrackedSession,
  at: number,
  scores: Learned['scores'],
  hash: (pool: Pool) => string,
): Omit<KnownSession, 'mayTry'> {
  const { session } = tracked;
  const idleFor = secondsBetween(session.changedAt, at);
  const rule = session.state === 'idle' ? RULES.findLast((one) => says(one, tracked, idleFor)) : undefined;
  const prediction = rule === undefined ? null : predictionOf(rule, tracked, scopesOf(tracked, hash), scores);
  return { changedAt: session.changedAt, prediction, patience: patienceFor(tracked) };
}

function predictionOf(
  { name, words, isOfOthers, provenAt }: Rule,
  { session }: TrackedSession,
  scopes: readonly string[],
  scores: Learned['scores'],
): Prediction {
  const score = scoreOf(name, scopes, scores);
  const unlike = isOfOthers ? Math.max(0, session.startedAt / 1e6 - score.youngest) : 0;
  return { rule: name, words, score, unlike, isByTrials: provenAt === null };
}

/** The scopes of a session: its pool, and within it the shape of its last statement, where the server says. */
function scopesOf({ session, statement }: TrackedSession, hash: (pool: Pool) => string): string[] {
  const pool = hash(session);
  return statement === null ? [pool] : [pool, `${pool}.${statement.shape.toString(36)}`];
}

/** The finer score where it has been tried often enough, else the coarser; what went wrong in the finer counts anyway. */
function scoreOf(rule: string, scopes: readonly string[], scores: Learned['scores']): Score {
  const [pool = NONE, shape = NONE] = scopes.map((scope) => asScore(scores[scope]?.[rule]));
  return isTried(shape) || (shape.tried > 0 && errorOf(shape) > errorOf(pool)) ? shape : pool;
}

function asScore(stored: StoredScore | undefined): Score {
  if (stored === undefined) return NONE;
  const [tried, wrong, moments, youngest] = stored;
  return { tried, wrong, moments, youngest };
}

/** {@link poolHash}, made once for each pool. */
function hasher(): (pool: Pool) => string {
  const made = new Map<string, string>();
  return (pool) => {
    const key = JSON.stringify([pool.role, pool.database, pool.application]);
    const hash = made.get(key) ?? poolHash(pool);
    made.set(key, hash);
    return hash;
  };
}
