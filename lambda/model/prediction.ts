import * as v from 'valibot';
import { count, time } from './stored.ts';

// What the guard has learned of the applications behind the sessions, and what it says of each session by it.

/** How the predictions of one rule turned out, those of late counting most. */
export interface Score {
  /** Predictions verified, faded: never more than {@link SCORE_MEMORY}. */
  readonly tried: number;
  /** Those of them after which the session came back, faded in the same way. */
  readonly wrong: number;
  /** At how many different samples something was verified; counted up to {@link FEWEST_MOMENTS}. */
  readonly moments: number;
  /** When the youngest session of which the rule was right was opened: seconds since the epoch, 0 for none. */
  readonly youngest: number;
}

/** Each outcome lowers the weight of older ones, so that about this many count. */
export const SCORE_MEMORY = 70;

/** A rule with fewer verified predictions has proven nothing. */
export const FEWEST_TRIES = 10;

/** A deploy that closes a whole pool in one second is one event, however many sessions it closes. */
export const FEWEST_MOMENTS = 3;

/** True when a score rests on enough to say anything. */
export function isTried({ tried, moments }: Score): boolean {
  return tried >= FEWEST_TRIES - 0.5 && moments >= FEWEST_MOMENTS;
}

/** The share of predictions after which the session came back, from 0 to 1. */
export function errorOf({ tried, wrong }: Score): number {
  return tried === 0 ? 1 : wrong / tried;
}

/** How one rule has done of late, over all applications. */
export interface RuleScore extends Pick<Score, 'tried' | 'wrong'> {
  readonly rule: string;
  /** As in {@link Prediction}. */
  readonly words: string;
}

/** What a rule says of one idle session: that no client comes back to it. */
export interface Prediction {
  readonly rule: string;
  /** Plain words for "sessions of which the rule says so": `used once and idle for over 5 s`. */
  readonly words: string;
  readonly score: Score;
  /** Seconds by which the session was opened later than any of which the rule was right; 0 where the rule goes by the session's own past. */
  readonly unlike: number;
  /** The rule is verified by trials: a client that it wrongs opens another session, as trials have shown. */
  readonly isByTrials: boolean;
}

/** What is known of one session at a sample. */
export interface KnownSession {
  /** As in the sample: when the session has changed since, nothing here holds any more. */
  readonly changedAt: number;
  /** The prediction with the least measured error; null when no rule says anything. */
  readonly prediction: Prediction | null;
  /** It came back before: it is left alone until it has been idle for so many seconds. Null when it never did. */
  readonly patience: number | null;
  /** No rule has earned it, but it may be ended to see whether its client opens another session: a trial. */
  readonly mayTry: boolean;
}

/** What is known of the sessions of one sample, by `sessionKey`. */
export type KnownSessions = ReadonlyMap<string, KnownSession>;

/** Nothing is known of any session. */
export const noKnownSessions: KnownSessions = new Map();

const amount = v.pipe(v.number(), v.finite(), v.minValue(0));

const storedScore = v.pipe(v.tuple([amount, amount, count, time]), v.readonly());

/** `[tried, wrong, moments, youngest]` of a {@link Score}, as it is stored. */
export type StoredScore = v.InferOutput<typeof storedScore>;

/** See {@link Learned}. */
export const learned = v.object({
  /** Outcomes up to here (microseconds, the server's clock) are in the scores: none is learned twice. */
  until: time,
  /** `Server.startedAt` of the server whose clock that is; null before the first outcome. */
  server: v.nullable(v.string()),
  /** Scores by scope (see `scopesOf`), then by rule; the scope that learned last comes last. */
  scores: v.record(v.string(), v.record(v.string(), storedScore)),
});

/** What is remembered of all predictions of one database. Plain JSON, bounded. */
export type Learned = Readonly<v.InferOutput<typeof learned>>;

/** Nothing was learned yet. */
export const emptyLearned: Learned = { until: 0, server: null, scores: {} };
