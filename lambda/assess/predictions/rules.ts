import { duration } from '../../shared/format.ts';
import { patienceFor, RHYTHM_RETURNS, rhythmBreaksAt, type TrackedSession } from './tracked-session.ts';

/** One reason to think that no client comes back to an idle session. */
export interface Rule {
  /** Names its scores in the memory. */
  readonly name: string;
  /** Plain words for the sessions that it speaks of. */
  readonly words: string;
  /** The idle age, in seconds, from which it says so of this session; null when it says nothing of such a session. */
  readonly speaksFrom: (tracked: TrackedSession) => number | null;
  /**
   * A session that is still silent at this idle age counts as right. Null where silence has nothing to do with it, as
   * with a session that was replaced: that is verified by which of the two falls silent first, and by trials.
   */
  readonly provenAt: ((from: number) => number) | null;
  /** It speaks of a session that has shown nothing of its own, by what others like it have done. */
  readonly isOfOthers: boolean;
  /** Rules that say the same after a shorter idle age. */
  readonly waitsLongerThan: readonly string[];
}

/** A broken rhythm shows soon: silence for so many times the age from which the rule spoke, at least so many seconds. */
const RHYTHM_SILENCE = { times: 2.5, least: 10 };

/** Silence after a first use shows little: a background task may pause for minutes before its second. */
const FIRST_USE_SILENCE = { times: 10, least: 300 };

/** The idle ages, in seconds, at which a session used once or twice is judged, each with a score of its own. */
const LADDER = [3.5, 5, 10, 20, 40, 80, 160];

const rhythm: Rule = {
  name: 'rhythm',
  words: 'used again and again and then silent for over twice their longest pause',
  speaksFrom: (tracked) => (tracked.returns >= RHYTHM_RETURNS ? rhythmBreaksAt(tracked) : null),
  provenAt: (from) => Math.max(RHYTHM_SILENCE.least, RHYTHM_SILENCE.times * from),
  isOfOthers: false,
  waitsLongerThan: [],
};

/** A rule for sessions that came back `returns` times, at each rung of the ladder. Past a rung the next one decides. */
function ladder(name: string, words: string, returns: number): Rule[] {
  return LADDER.map((rung, index) => ({
    name: `${name}>${rung}`,
    words: `${words} and idle for over ${duration(rung)}`,
    speaksFrom: (tracked) =>
      tracked.known && !tracked.busy && tracked.returns === returns
        ? Math.max(rung, patienceFor(tracked) ?? 0)
        : null,
    provenAt: (from) => Math.max(FIRST_USE_SILENCE.least, FIRST_USE_SILENCE.times * from),
    isOfOthers: true,
    waitsLongerThan: LADDER.slice(0, index).map((shorter) => `${name}>${shorter}`),
  }));
}

/** Of two sessions that go on with the same statement, values included, the older one: see {@link replacements}. */
export const replaced: Rule = {
  name: 'replaced',
  words: 'going on with the same statement, values included, as a younger session',
  speaksFrom: ({ replacedAt }) => (replacedAt === null ? null : 0),
  provenAt: null,
  isOfOthers: false,
  waitsLongerThan: [],
};

/**
 * Every rule. Where several speak of one session, the last one decides: it knows most of the session. A rule that is
 * added here is predicted with, verified, scored and reported like the others.
 */
export const RULES: readonly Rule[] = [
  rhythm,
  ...ladder('once', 'used once', 0),
  ...ladder('twice', 'used twice', 1),
  replaced,
];

/** Does the rule say of this session, idle for so many seconds, that no client comes back? */
export function says(rule: Rule, tracked: TrackedSession, idleFor: number): boolean {
  const from = rule.speaksFrom(tracked);
  return from !== null && idleFor >= from;
}
