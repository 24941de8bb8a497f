import type { Failure, Finding, PartialView, Refusal, Sample } from '../model/observation.ts';
import type { Observer } from '../model/observer.ts';
import { type Credentials, CredentialsError, type CredentialsProvider } from '../model/session.ts';
import { DeadlineError, deadline, orAborted, within } from '../shared/abort.ts';
import type { Clock } from '../shared/clock.ts';
import { classifyError, isWrongPassword } from './classify-error.ts';
import { type Connection, createConnection, type Target } from './connection.ts';
import { readAnswer } from './read-answer.ts';
import { SAMPLE_STATEMENT, SAMPLE_STATEMENT_WITH_SESSIONS } from './sample-query.ts';

/** Between two logins at a full server: from the first of these (ms), doubling up to the second. */
const RETRY = { first: 50, most: 500 };

/** A session that was last used longer ago than this (ms) may be dead without our knowing. */
const RESTED = 10_000;

/** How long such a session may take to answer (ms), before a new login is tried instead. */
const TAKE_UP_WITHIN = 3000;

/** The progress of a connection that there is none of: the credentials were not to be had. */
const NOTHING_YET = { securing: false, answered: false, closed: false };

/** What an observer needs. */
export interface ObserverOptions {
  readonly target: Target;
  readonly credentials: CredentialsProvider;
  readonly clock: Clock;
  /** Ask for every session, and not only for counts? For reclaim, which learns from them. @default false */
  readonly withSessions?: boolean;
  /** Told at once of the first refusal in a sample, while it goes on trying. */
  readonly onRefused?: (refusal: Refusal) => void;
  /**
   * Seconds without a statement after which the server ends the session by itself, for a session that is kept between two
   * runs: a guard that is gone must not keep a slot.
   *
   * @default undefined, the session stays until it is closed
   */
  readonly endsAfter?: number;
  /** A number from 0 up to 1, for the jitter between logins. */
  readonly random?: () => number;
}

/** How far a sample has come. */
interface SampleProgress {
  doing: 'getting credentials' | 'logging in' | 'sampling';
  credentials: Credentials | null;
  /** The server refused the password: the next credentials must not come from a cache. */
  fresh: boolean;
  /** Logins tried. */
  attempts: number;
}

/** Makes the observer of one database. It connects at its first sample, not before. */
export function createObserver({
  target,
  credentials,
  clock,
  withSessions = false,
  onRefused,
  endsAfter,
  random = Math.random,
}: ObserverOptions): Observer {
  const closing = new AbortController();
  let connection: Connection | null = null;
  /** When the last sample was taken, by the server's clock: what has not changed since needs no hash. */
  let sampledAt = new Date(0);
  let lastUsed = 0;

  /** One answer, on the open session or on a new one. */
  const read = async (
    progress: SampleProgress,
    signal: AbortSignal,
  ): Promise<Finding<Sample | PartialView>> => {
    if (endsAfter !== undefined && clock.now() - lastUsed >= endsAfter * 1000) connection?.destroy();
    if (connection?.isOpen !== true) {
      progress.doing = 'getting credentials';
      progress.credentials ??= await credentialsFrom(credentials, progress.fresh, signal);
      progress.doing = 'logging in';
      progress.attempts += 1;
      connection = createConnection(target, endsAfter);
      await connection.open(progress.credentials, signal);
      lastUsed = clock.now();
    }
    progress.doing = 'sampling';
    const rows = orAborted(
      withSessions
        ? connection.query(SAMPLE_STATEMENT_WITH_SESSIONS, [sampledAt.toISOString()])
        : connection.query(SAMPLE_STATEMENT),
      signal,
    );
    const hasRested = clock.now() - lastUsed >= RESTED;
    const answer = readAnswer(await (hasRested ? takenUp(connection, rows, signal) : rows));
    lastUsed = clock.now();
    if (answer.kind === 'sample' && answer.sessions !== null) sampledAt = new Date(answer.sessions.at / 1000);
    return answer;
  };

  /** Tries until there is an answer, a failure, or no time left. */
  const persist = async (progress: SampleProgress, signal: AbortSignal): Promise<Finding> => {
    let refusal: Finding<Refusal> | null = null;
    let mayReconnect = connection?.isOpen === true;
    for (;;) {
      try {
        return await read(progress, signal);
      } catch (error) {
        if (signal.aborted) {
          connection?.destroy();
          return refusal ?? tooLate(progress, target.checkTimeout);
        }
        if (mayReconnect && connection?.isOpen === false) {
          // The session that earlier samples left open is gone. The server may well be there.
          mayReconnect = false;
          continue;
        }
        if (!progress.fresh && isWrongPassword(error)) {
          progress.credentials = null;
          progress.fresh = true;
          continue;
        }
        const classified = classifyError(error, connection?.progress ?? NOTHING_YET);
        if (classified.kind === 'failed') return classified;
        if (refusal === null)
          onRefused?.({ ...classified, at: clock.now(), took: 0, attempts: progress.attempts });
        refusal = classified;
      }
      await clock.sleep(pauseAfter(progress.attempts, random()), signal).catch(() => {});
      if (signal.aborted) return refusal;
    }
  };

  return {
    sample: async (signal) => {
      const started = clock.now();
      const progress: SampleProgress = { doing: 'logging in', credentials: null, fresh: false, attempts: 0 };
      const limit = deadline(target.checkTimeout * 1000, [signal, closing.signal]);
      const finding = await persist(progress, limit.signal).finally(limit.clear);
      const at = clock.now();
      const took = at - started;
      return finding.kind === 'refused'
        ? { ...finding, at, took, attempts: progress.attempts }
        : { ...finding, at, took };
    },
    get session() {
      return connection?.isOpen === true ? connection : null;
    },
    close: async () => {
      closing.abort();
      await connection?.close();
    },
  };
}

/** The answer on a session that has rested; when it does not come soon, the session counts as gone. */
async function takenUp<Rows>(
  connection: Connection,
  answer: Promise<Rows>,
  signal: AbortSignal,
): Promise<Rows> {
  try {
    return await within(TAKE_UP_WITHIN, signal, () => answer);
  } catch (error) {
    if (error instanceof DeadlineError) connection.destroy();
    throw error;
  }
}

async function credentialsFrom(
  provider: CredentialsProvider,
  fresh: boolean,
  signal: AbortSignal,
): Promise<Credentials> {
  try {
    return await orAborted(provider.credentials({ fresh, signal }), signal);
  } catch (cause) {
    if (cause instanceof CredentialsError || signal.aborted) throw cause;
    throw new CredentialsError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

const tooLate = ({ doing }: SampleProgress, checkTimeout: number): Finding<Failure> => ({
  kind: 'failed',
  class: 'timeout',
  code: null,
  text: `no answer in time (at most ${checkTimeout} s) while ${doing}`,
});

/** Half to all of a pause that doubles from login to login: guards of many databases must not try in step. */
function pauseAfter(attempts: number, random: number): number {
  return Math.min(RETRY.most, RETRY.first * 2 ** (attempts - 1)) * (0.5 + random / 2);
}
