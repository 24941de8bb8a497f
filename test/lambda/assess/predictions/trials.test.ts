import { describe, expect, it } from 'vitest';
import { knownSessions, learn } from '../../../../lambda/assess/predictions/scores.ts';
import {
  addSample,
  emptySessionHistory,
  forget,
  type SessionHistory,
} from '../../../../lambda/assess/predictions/session-history.ts';
import { poolHash } from '../../../../lambda/model/pool.ts';
import { emptyLearned, type Learned } from '../../../../lambda/model/prediction.ts';
import { type SampledSession, sessionKey } from '../../../../lambda/model/sampled-session.ts';

const EPOCH = 1_760_000_000;
const EVERY = 2;

interface Guard {
  readonly history: SessionHistory;
  readonly learned: Learned;
}

/** A session that runs the same statement again and again: one of the stream `text`, opened at second `opens`. */
interface Stream {
  readonly pid: number;
  readonly text: number;
  readonly opens: number;
}

function sampled(
  { history, learned }: Guard,
  streams: readonly Stream[],
  second: number,
  left = 50,
  usedEvery = EVERY,
): Guard {
  const sessions = streams
    .filter(({ opens }) => opens <= second)
    .map(
      ({ pid, text, opens }): SampledSession => ({
        pid,
        role: 'app',
        database: 'shop',
        application: '',
        state: 'idle',
        startedAt: (EPOCH + opens) * 1e6,
        changedAt: (EPOCH + second - ((second - opens) % usedEvery)) * 1e6 - (second > opens ? 100_000 : 0),
        statement: { shape: 1, text },
      }),
    );
  const next = addSample(history, { at: (EPOCH + second) * 1e6, sessions }, 'server', left);
  return { history: next.history, learned: learn(learned, next.lesson) };
}

/** Twenty clients, each with a stream from second 0; the first `replaced` of them open another at second 20. */
const streams = (replaced: number): Stream[] =>
  Array.from({ length: 20 + replaced }, (_, pid) => ({ pid, text: pid % 20, opens: pid < 20 ? 0 : 20 }));

function until(second: number, open: readonly Stream[], from = 0, guard?: Guard, left?: number): Guard {
  let now = guard ?? { history: emptySessionHistory, learned: emptyLearned };
  for (let at = from; at <= second; at += EVERY) now = sampled(now, open, at, left);
  return now;
}

/** The sessions that may be ended as a trial now. */
const toTry = ({ history, learned }: Guard) =>
  [...history.sessions.values()]
    .map(({ session }) => session)
    .filter((session) => knownSessions(history, learned).get(sessionKey(session))?.mayTry);

/** Ends what may be tried, and samples for 14 s what is left and what the clients open then. */
function afterTrials(
  guard: Guard,
  open: readonly Stream[],
  second: number,
  opened: readonly Stream[] = [],
  left?: number,
) {
  const ended = toTry(guard);
  const streams = [...open.filter(({ pid }) => ended.every((one) => one.pid !== pid)), ...opened];
  return until(
    second + 14,
    streams,
    second + EVERY,
    { ...guard, history: forget(guard.history, ended) },
    left,
  );
}

const scoreOf = ({ learned }: Guard) => Object.values(learned.scores)[0]?.['replaced'];

describe('two sessions that go on with the same statement', () => {
  it('prove nothing while the younger one has yet to show its rhythm, however slow that is', () => {
    const open = streams(6);
    let guard: Guard = { history: emptySessionHistory, learned: emptyLearned };
    // Sampled every 2 s, used every 10 s.
    for (let at = 0; at <= 58; at += EVERY) guard = sampled(guard, open, at, 50, 10);
    expect(scoreOf(guard)).toBeUndefined();
  });
});

describe('a session that a younger one with the same values has just replaced', () => {
  it('may be tried, two at first, the older ones only', () => {
    const guard = until(26, streams(6));
    expect(toTry(guard)).toHaveLength(2);
    expect(toTry(guard).every(({ startedAt }) => startedAt === EPOCH * 1e6)).toBe(true);
  });

  it('is not tried when the younger one is not new any more: what its client opens then says nothing', () => {
    expect(toTry(until(28, streams(6)))).toEqual([]);
  });

  it('was rightly ended when no session with its values is opened within 6 s after its next use would have been due', () => {
    const open = streams(6);
    expect(scoreOf(afterTrials(until(26, open), open, 26))?.slice(0, 2)).toEqual([1.99, 0]);
  });

  it('was rightly ended, too, when one is opened later, but for a time without slots', () => {
    const open = streams(6);
    const guard = until(26, open);
    // Sampled at 26 and next at 38 s; a client would have been back by 34 s.
    const late = toTry(guard).map(({ pid }) => ({ pid: 100 + pid, text: pid, opens: 37 }));
    const next = (left: number) => {
      const ended = toTry(guard);
      const rest = open.filter(({ pid }) => ended.every((one) => one.pid !== pid));
      return sampled({ ...guard, history: forget(guard.history, ended) }, [...rest, ...late], 38, left);
    };
    expect(scoreOf(next(50))?.[1]).toBe(0);
    expect(scoreOf(next(0))?.[1]).toBeGreaterThan(1);
  });

  it('was not rightly ended as long as no slot is left for its client to log in again', () => {
    const open = streams(6);
    const guard = afterTrials(until(26, open), open, 26, [], 0);
    expect(scoreOf(guard)).toBeUndefined();
    expect(guard.history.trials).toHaveLength(2);
  });

  it('was wrongly ended when one is, and after two of these none is tried any more', () => {
    const open = streams(6);
    const guard = until(26, open);
    const again = toTry(guard).map(({ pid }) => ({ pid: 100 + pid, text: pid, opens: 31 }));
    const after = afterTrials(guard, open, 26, again);
    expect(scoreOf(after)?.slice(0, 2)).toEqual([1.99, 1.99]);
    const later = Array.from({ length: 6 }, (_, index) => ({
      pid: 200 + index,
      text: 10 + index,
      opens: 42,
    }));
    expect(toTry(until(48, [...open, ...later], 42, after))).toEqual([]);
  });

  it('is tried again, two at a time, while only a few of many were wrong', () => {
    const open = streams(6);
    const guard = until(26, open);
    const pool = poolHash({ role: 'app', database: 'shop', application: '' });
    const scored = (wrong: number): Guard => ({
      ...guard,
      learned: { ...guard.learned, scores: { [pool]: { replaced: [30, wrong, 3, 0] } } },
    });
    expect(toTry(scored(3))).toHaveLength(2);
    expect(toTry(scored(9))).toEqual([]);
  });

  it('allows three more at a time with each that was right', () => {
    const open = streams(6);
    const after = afterTrials(until(26, open), open, 26);
    const later = Array.from({ length: 10 }, (_, index) => ({
      pid: 200 + index,
      text: 10 + index,
      opens: 42,
    }));
    expect(toTry(until(48, [...open, ...later], 42, after))).toHaveLength(8);
  });
});
