import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RULES } from '../../../lambda/assess/predictions/rules.ts';
import { knownSessions, learn } from '../../../lambda/assess/predictions/scores.ts';
import {
  addSample,
  emptySessionHistory,
  forget,
  type SessionHistory,
} from '../../../lambda/assess/predictions/session-history.ts';
import {
  emptyLearned,
  errorOf,
  isTried,
  type Learned,
  SCORE_MEMORY,
} from '../../../lambda/model/prediction.ts';
import type { SampledSession } from '../../../lambda/model/sampled-session.ts';
import { sessionKey } from '../../../lambda/model/sampled-session.ts';

/** A client as it opens its session and uses it, in seconds; it closes it at `closes`, or never. */
interface Client {
  readonly opens: number;
  readonly uses: readonly number[];
  readonly closes?: number;
}

const EPOCH = 1_760_000_000;
const microsecondsAt = (second: number) => (EPOCH + second) * 1e6;

function sessionOf({ opens, uses, closes }: Client, pid: number, second: number): SampledSession[] {
  if (second < opens || (closes !== undefined && second >= closes)) return [];
  const changedAt = uses.findLast((at) => at <= second) ?? opens;
  return [
    {
      pid,
      role: 'app',
      database: 'shop',
      application: 'web',
      state: 'idle',
      startedAt: microsecondsAt(opens),
      changedAt: microsecondsAt(changedAt),
      statement: { shape: 1, text: pid },
    },
  ];
}

/** What a process knows and what is stored. */
interface Guard {
  readonly history: SessionHistory;
  readonly learned: Learned;
}

const beginner: Guard = { history: emptySessionHistory, learned: emptyLearned };

function sampled(guard: Guard, clients: readonly Client[], second: number, server = 'first'): Guard {
  const sessions = clients.flatMap((client, pid) => sessionOf(client, pid + 1, second));
  const { history, lesson } = addSample(guard.history, { at: microsecondsAt(second), sessions }, server);
  return { history, learned: learn(guard.learned, lesson) };
}

const watched = (clients: readonly Client[], seconds: readonly number[], from = beginner) =>
  seconds.reduce((guard, second) => sampled(guard, clients, second), from);

const every = (step: number, until: number, from = 0) =>
  Array.from({ length: Math.floor((until - from) / step) + 1 }, (_, index) => from + index * step);

/** Used once at its opening, and closed by its own client so many seconds later. */
const usedOnce = (opens: number, closesAfter: number): Client => ({
  opens,
  uses: [opens + 0.01],
  closes: opens + closesAfter,
});

/** One score of all scopes: this test has one pool and one shape. */
const scoresOf = ({ learned }: Guard) => Object.values(learned.scores)[0] ?? {};
const triedOf = (guard: Guard, rule: string) => scoresOf(guard)[rule]?.[0] ?? 0;
const wrongOf = (guard: Guard, rule: string) => scoresOf(guard)[rule]?.[1] ?? 0;

/** What a rule says of the session that was opened at second `opens`. */
function saidOf({ history, learned }: Guard, opens: number) {
  const session = [...history.sessions.values()].find(
    (one) => one.session.startedAt === microsecondsAt(opens),
  );
  return session ? knownSessions(history, learned).get(sessionKey(session.session)) : undefined;
}

const twentyLeft = every(3, 57).map((opens) => usedOnce(opens, 12));

describe('a session that keeps its rhythm', () => {
  it('is spoken of by no rule, whatever the rhythm and whenever samples are taken, but that of replaced ones', () => {
    const input = fc.record({
      shortest: fc.integer({ min: 10, max: 200 }).map((tenths) => tenths / 10),
      // Twice its longest gap so far must not be missed by chance: the next is at most half as long again.
      stretch: fc.array(
        fc.integer({ min: 0, max: 50 }).map((percent) => percent / 100),
        { minLength: 20, maxLength: 40 },
      ),
      step: fc.constantFrom(1, 2, 5),
    });
    fc.assert(
      fc.property(input, ({ shortest, stretch, step }) => {
        let at = 1;
        const uses = stretch.map((more) => {
          at += shortest * (1 + more);
          return at;
        });
        const client = { opens: 0.5, uses };
        // From its third return on: before that nothing is known of it but that it was used once or twice.
        const knownFrom = (uses[3] ?? 0) + step;
        let guard = beginner;
        for (const second of every(step, uses.at(-1) ?? 0)) {
          guard = sampled(guard, [client], second);
          const returns = [...guard.history.sessions.values()][0]?.returns ?? 0;
          if (second > knownFrom && returns >= 3) expect(saidOf(guard, 0.5)?.prediction ?? null).toBeNull();
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('a score', () => {
  it('counts a session that its own client closed as right, and one that came back as wrong', () => {
    const back: Client = { opens: 1, uses: [1.01, 20] };
    const guard = watched([usedOnce(0, 12), back], every(2, 30));
    expect(triedOf(guard, 'once>3.5')).toBeCloseTo(2, 1);
    expect(wrongOf(guard, 'once>3.5')).toBeCloseTo(1, 1);
  });

  it('rests on nothing until it was tried often and at several moments', () => {
    const few = watched(twentyLeft.slice(0, 8), every(2, 60));
    const atOnce = Array.from({ length: 20 }, () => usedOnce(1, 12));
    for (const guard of [few, watched(atOnce, every(2, 60))]) {
      const [tried, wrong, moments, youngest] = scoresOf(guard)['once>5'] ?? [0, 0, 0, 0];
      expect(tried).toBeGreaterThan(5);
      expect(isTried({ tried, wrong, moments, youngest })).toBe(false);
    }
  });

  it('turns bad within its memory when what it speaks of begins to come back', () => {
    const good = watched(
      every(1, 199).map((opens) => usedOnce(opens, 8)),
      every(2, 210),
    );
    expect(wrongOf(good, 'once>5') / triedOf(good, 'once>5')).toBe(0);
    const living = every(1, 19).map((index) => ({
      opens: 220 + index,
      uses: [220.01 + index, 232 + index],
    }));
    const after = watched(living, every(2, 260, 212), good);
    expect(wrongOf(after, 'once>5') / triedOf(after, 'once>5')).toBeGreaterThan(0.06);
  });

  it('of a longer wait is doubted as soon as a shorter one turns out wrong', () => {
    const long = watched(
      every(3, 150).map((opens) => usedOnce(opens, 30)),
      every(2, 200),
    );
    expect(triedOf(long, 'once>20')).toBeGreaterThan(20);
    const living = every(1, 19).map((index) => ({
      opens: 210 + index,
      uses: [210.01 + index, 218 + index],
    }));
    expect(triedOf(watched(living, every(2, 240, 202), long), 'once>20')).toBeLessThan(10);
  });

  it('says how much younger a session is than all of which the rule was right', () => {
    const guard = watched([...twentyLeft, { opens: 100, uses: [100.01] }], every(2, 110));
    expect(saidOf(guard, 100)?.prediction?.unlike).toBeCloseTo(43, 0);
  });

  it('speaks of younger sessions too once some of their age were used once and closed, however soon', () => {
    const waiting = { opens: 100, uses: [100.01] };
    const closedSoon = { opens: 98, uses: [98.01], closes: 101 };
    const cameBack = { opens: 98, uses: [98.01, 101, 104] };
    const unlikeWith = (client: Client) =>
      saidOf(watched([...twentyLeft, waiting, client], every(2, 110)), 100)?.prediction?.unlike;
    expect(unlikeWith(closedSoon)).toBeCloseTo(2, 0);
    expect(unlikeWith(cameBack)).toBeCloseTo(43, 0);
  });

  it('stays within its bounds, in number and in size, whatever it learns', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(30), fc.boolean()), { maxLength: 300 }), (outcomes) => {
        const at = microsecondsAt(1);
        const learned = outcomes.reduce((before, [pool, right], index) => {
          const [session] = sessionOf({ opens: 0, uses: [] }, 1, 0);
          if (!session) throw new Error('a session');
          const { history } = addSample(
            emptySessionHistory,
            { at, sessions: [{ ...session, application: `a${pool}` }] },
            'first',
          );
          const [tracked] = history.sessions.values();
          if (!tracked) throw new Error('a tracked session');
          const verified = RULES.map(({ name }) => ({ session: tracked, rule: name, right }));
          return learn(before, {
            from: at + index,
            at: at + index + 1,
            server: 'first',
            verified,
            closedUnused: [],
          });
        }, emptyLearned);
        expect(Object.keys(learned.scores).length).toBeLessThanOrEqual(14);
        for (const [tried, wrong] of Object.values(learned.scores).flatMap(Object.values)) {
          expect(wrong).toBeLessThanOrEqual(tried);
          expect(tried).toBeLessThanOrEqual(SCORE_MEMORY);
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe('what is learned only once, or not at all', () => {
  it('that the guard itself ended a session proves nothing', () => {
    const before = watched([usedOnce(0, 12)], every(2, 10));
    const ended = [...before.history.sessions.values()].map(({ session }) => session);
    const after = sampled({ ...before, history: forget(before.history, ended) }, [], 12);
    expect(after.learned.scores).toEqual({});
  });

  it('an outcome that a second environment has seen as well', () => {
    const seconds = every(2, 80);
    const once = watched(twentyLeft, seconds);
    let [one, other] = [beginner, beginner];
    for (const second of seconds) {
      one = sampled({ ...one, learned: other.learned }, twentyLeft, second);
      other = sampled({ ...other, learned: one.learned }, twentyLeft, second + 0.3);
    }
    expect(triedOf(one, 'once>5')).toBeLessThanOrEqual(triedOf(once, 'once>5') + 0.01);
  });

  it('sessions that are gone after a restart of the server', () => {
    const before = watched([usedOnce(0, 500)], every(2, 20));
    expect(sampled(before, [], 22, 'second').learned.scores).toEqual({});
  });

  it('sessions that vanished while no sample was taken for long: they may have been used before', () => {
    const before = watched([usedOnce(0, 20)], every(2, 8));
    expect(sampled(before, [], 75).learned.scores).toEqual({});
  });

  it('a process that begins anew knows the scores, and of the sessions nothing that it has not seen', () => {
    const before = watched(twentyLeft, every(2, 80));
    const cold = { ...before, history: emptySessionHistory };
    const tab = { opens: 20, uses: every(2.5, 300, 20) };
    const after = watched([tab], every(5, 130, 85), cold);
    expect(triedOf(after, 'once>5')).toBe(triedOf(before, 'once>5'));
    expect(saidOf(after, 20)?.prediction ?? null).toBeNull();
  });

  it('errs on the side of wrong: with no try the error counts as whole', () => {
    expect(errorOf({ tried: 0, wrong: 0, moments: 0, youngest: 0 })).toBe(1);
  });
});
