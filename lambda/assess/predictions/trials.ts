import { errorOf, type Score } from '../../model/prediction.ts';
import { FIRST_USE, secondsBetween, type TrackedSession, textOf, type Verified } from './tracked-session.ts';

/** A session that the guard ended because it was replaced, and whose client may open another. */
export interface Trial {
  readonly session: TrackedSession;
  /** The sample by which it was ended: the server's microseconds. */
  readonly at: number;
  /** Seconds since then in which a slot was left for its client to log in again. */
  readonly hadSlots: number;
  /** At some sample since then none was left. */
  readonly wasFull: boolean;
}

/**
 * A client that has lost its session finds out at its next use, and opens another within so many seconds: a browser
 * opens a broken stream again after 3 to 5 s.
 */
const OPENS_AGAIN = 6;

/** While no slot is left it cannot: that it opens none proves nothing unless there were slots for so many seconds. */
const HAD_SLOTS = 6;

/**
 * Trials that may be under way: so many at first, more with each that was right, fewer with each that was wrong. None after
 * two wrong ones (less what faded) unless most were right by far, and only as many as at first once it has been tried
 * often enough to speak for itself.
 */
const TRIALS = { atFirst: 2, moreForRight: 3, lessForWrong: 2, wrong: 1.5, error: 0.25, tried: 20 };

/**
 * Can it be told what becomes of its client when this session is ended now? Only while the younger one has just come back for
 * the first time. Later, the client may well open its next session for reasons of its own, and that would say nothing.
 */
export function isTriable({ session, replacedAt, gap }: TrackedSession, at: number): boolean {
  return (
    session.state === 'idle' && replacedAt !== null && secondsBetween(replacedAt, at) <= FIRST_USE + gap.most
  );
}

/**
 * What a new sample tells of the trials under way, and which of these go on.
 *
 * @param from when the sample before was taken.
 * @param left slots that were left for logins at this one.
 */
export function verifyTrials(
  trials: readonly Trial[],
  sessions: Iterable<TrackedSession>,
  { from, now, left }: { readonly from: number; readonly now: number; readonly left: number },
  rule: string,
): { readonly trials: readonly Trial[]; readonly verified: readonly Verified[] } {
  const open = [...sessions];
  const goOn: Trial[] = [];
  const verified: Verified[] = [];
  for (const trial of trials) {
    const { session, at } = trial;
    const hadSlots = trial.hadSlots + (left > 0 ? secondsBetween(from, now) : 0);
    const wasFull = trial.wasFull || left <= 0;
    const within = session.gap.most + OPENS_AGAIN;
    const text = textOf(session);
    // One that is opened later is opened for another reason, unless its client could not log in before.
    const isOfClient = ({ session: { startedAt } }: TrackedSession) =>
      startedAt > at && (wasFull || secondsBetween(at, startedAt) <= within);
    const isBack = open.some((other) => isOfClient(other) && textOf(other) === text);
    const isOver = secondsBetween(at, now) > within && hadSlots >= HAD_SLOTS;
    if (isBack || isOver) verified.push({ session, rule, right: !isBack });
    else goOn.push({ session, at, hadSlots, wasFull });
  }
  return { trials: goOn, verified };
}

/**
 * The sessions that may be ended to see whether their clients come back, by key: the longest open ones, one of each
 * text, and only as many as their rule's outcomes so far allow.
 */
export function sessionsToTry(
  sessions: ReadonlyMap<string, TrackedSession>,
  trials: readonly Trial[],
  at: number,
  scoreOf: (session: TrackedSession) => Score,
): ReadonlySet<string> {
  const texts = new Set(trials.map(({ session }) => textOf(session)));
  const underWay = new Map<string, number>();
  const addOne = (pool: string) => underWay.set(pool, (underWay.get(pool) ?? 0) + 1);
  for (const { session } of trials) addOne(poolOf(session));
  const found = new Set<string>();
  const triable = [...sessions].filter(([, tracked]) => isTriable(tracked, at));
  for (const [key, tracked] of triable.sort(([, a], [, b]) => a.session.startedAt - b.session.startedAt)) {
    const pool = poolOf(tracked);
    if (texts.has(textOf(tracked)) || (underWay.get(pool) ?? 0) >= allowedBy(scoreOf(tracked))) continue;
    found.add(key);
    texts.add(textOf(tracked));
    addOne(pool);
  }
  return found;
}

/** Trials that may be under way at once. */
function allowedBy(score: Score): number {
  const { tried, wrong } = score;
  if (wrong >= TRIALS.wrong && errorOf(score) > TRIALS.error) return 0;
  if (tried >= TRIALS.tried) return TRIALS.atFirst;
  return TRIALS.atFirst + TRIALS.moreForRight * (tried - wrong) - TRIALS.lessForWrong * wrong;
}

const poolOf = ({ session: { role, database, application } }: TrackedSession) =>
  JSON.stringify([role, database, application]);
