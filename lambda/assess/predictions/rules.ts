import { duration } from '../../shared/format.ts';
import { patienceFor, type TrackedSession } from './tracked-session.ts';

/** One reason to think that no client comes back to an idle session. */
export interface Rule {
  /** Names its scores in the memory. */
  readonly name: string;
  /** Plain words for the sessions that it speaks of. */
  readonly words: string;
  /** Does it say so of this session, idle for so many seconds? */
  readonly says: (tracked: TrackedSession, idleFor: number) => boolean;
  /** A session that is still silent at this idle age counts as left. @param idleFor its idle age at the prediction. */
  readonly provenAfter: (idleFor: number) => number;
}

/** A broken rhythm shows soon: silence for so many times the age at the prediction, and at least so many seconds. */
const RHYTHM_SILENCE = { times: 2.5, least: 10 };

/** Silence after a first use shows little: a background task may pause for minutes before its second. */
const FIRST_USE_SILENCE = { times: 10, least: 300 };

/** A rhythm counts as broken no sooner than this, in seconds: a garbage collection or a slow statement is no end. */
const LEAST_PATIENCE = 5;

/** The idle ages, in seconds, at which a session used once or twice is judged, each with a score of its own. */
const LADDER = [5, 10, 20, 40, 80, 160];

const rhythm: Rule = {
  name: 'rhythm',
  words: 'used again and again and then silent for over twice their longest pause',
  says: (tracked, idleFor) =>
    tracked.returns >= 2 && idleFor > Math.max(LEAST_PATIENCE, patienceFor(tracked) ?? 0),
  provenAfter: (idleFor) => Math.max(RHYTHM_SILENCE.least, RHYTHM_SILENCE.times * idleFor),
};

/** A rule for sessions that came back `returns` times, at each rung of the ladder. Past a rung the next one decides. */
function ladder(name: string, words: string, returns: number): Rule[] {
  return LADDER.map((rung) => ({
    name: `${name}>${rung}`,
    words: `${words} and idle for over ${duration(rung)}`,
    says: (tracked, idleFor) =>
      tracked.known &&
      !tracked.busy &&
      tracked.returns === returns &&
      idleFor > Math.max(rung, patienceFor(tracked) ?? 0),
    provenAfter: (idleFor) => Math.max(FIRST_USE_SILENCE.least, FIRST_USE_SILENCE.times * idleFor),
  }));
}

/**
 * Every rule. Where several speak of one session, the last one decides: it knows most of the session. A rule that is
 * added here is predicted with, verified, scored and reported like the others.
 */
export const RULES: readonly Rule[] = [
  rhythm,
  ...ladder('once', 'used once', 0),
  ...ladder('twice', 'used twice', 1),
];
