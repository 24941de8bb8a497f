import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { budgetsSchema } from '../../../lambda/config/budgets.ts';
import { parse } from '../../../lambda/config/validation.ts';
import { type KnownSession, noKnownSessions, type Prediction } from '../../../lambda/model/prediction.ts';
import { sessionKey } from '../../../lambda/model/sampled-session.ts';
import { allowedAges } from '../../../lambda/reclaim/allowed-idle-age.ts';
import { type Choice, type Choosing, choose } from '../../../lambda/reclaim/choose-sessions.ts';
import { microseconds } from '../../../lambda/reclaim/earned.ts';
import type { SessionRow } from '../../../lambda/reclaim/list-sessions.ts';
import { rowOf } from './rows-of.ts';
import { policyOf } from './support.ts';

const LINES = { warning: { enter: 10 }, critical: { enter: 15 }, full: { enter: 20 } };

function choosing(rows: readonly SessionRow[], changes: Partial<Choosing> = {}): Choosing {
  return {
    rows,
    policy: policyOf({ mode: 'terminate' }),
    level: 'critical',
    thresholds: LINES,
    until: 0,
    hourBudget: 1000,
    arrived: 0,
    known: noKnownSessions,
    budgets: [],
    paused: [],
    ...changes,
  };
}

const chosenRows = (choice: Choice) => choice.chosen.map(({ row }) => row);

/** What is known of one session, true as long as it does nothing. */
const knowing = (row: SessionRow, known: Partial<KnownSession>) =>
  new Map([
    [
      sessionKey({ pid: row.pid, startedAt: microseconds(row.backendStart) }),
      { changedAt: microseconds(row.stateChange), prediction: null, patience: null, mayTry: false, ...known },
    ],
  ]);

const reasonOf = (choice: Choice, row: SessionRow) =>
  choice.leftAlone.find((entry) => entry.row === row)?.reason ?? 'chosen';

/** The one session's reason, or `chosen`. */
const classified = (row: SessionRow, changes: Partial<Choosing> = {}) =>
  reasonOf(choose(choosing([row], changes)), row);

const many = (count: number, changes: Partial<SessionRow> = {}) =>
  Array.from({ length: count }, () => rowOf(changes));

describe('idle sessions that do not cause the shortage', () => {
  it('stay, and it is said why, where the sessions at work hold the level by themselves', () => {
    const idle = many(4);
    const choice = choose(choosing([...many(15, { state: 'active', idleFor: 0 }), ...idle]));
    expect(choice).toMatchObject({ idleIsCause: false, chosen: [] });
    expect(idle.map((row) => reasonOf(choice, row))).toEqual(idle.map(() => 'not-the-cause'));
  });

  it('go where the level would be left without them', () => {
    const choice = choose(choosing([...many(14, { state: 'active', idleFor: 0 }), ...many(5)]));
    expect(choice.idleIsCause).toBe(true);
    expect(choice.chosen.length).toBeGreaterThan(0);
  });
});

describe('who is protected, however long it is idle', () => {
  it.each([
    ['superuser', { superuser: true }],
    ['replication', { replication: true }],
    ['rds-role', { role: 'rdsproxyadmin' }],
    ['ours', { ours: true }],
    ['listen', { listens: true }],
    ['advisory-lock', { advisoryLock: true }],
    ['not-seen-whole', { whole: false }],
    ['not-seen-whole', { role: null }],
    ['not-seen-whole', { state: 'unknown' }],
    ['in-transaction', { state: 'idle in transaction' }],
    ['in-transaction', { state: 'idle in transaction (aborted)' }],
    ['chosen', {}],
  ] as const)('%s: %j', (reason, changes) => {
    expect(classified(rowOf(changes))).toBe(reason);
  });

  it('takes only and except from the policy', () => {
    const policy = policyOf({
      mode: 'terminate',
      only: { roles: ['app'] },
      except: { clients: ['10.9.0.0/16'] },
    });
    expect(classified(rowOf({ role: 'batch' }), { policy })).toBe('only');
    expect(classified(rowOf({ client: '10.9.1.1' }), { policy })).toBe('except');
    expect(classified(rowOf(), { policy })).toBe('chosen');
  });

  it('ends a session idle in a transaction only by an age that the policy names', () => {
    const policy = policyOf({ mode: 'terminate', idleInTransactionFor: 60 });
    expect(classified(rowOf({ state: 'idle in transaction', idleFor: 61 }), { policy })).toBe('chosen');
    expect(classified(rowOf({ state: 'idle in transaction', idleFor: 59 }), { policy })).toBe('too-young');
  });
});

describe('in which order', () => {
  it('used once first, then the longest idle, then transactions, and who came back to life last', () => {
    const usedOnce = rowOf({ startedFor: 402, idleFor: 400 });
    const longest = rowOf({ startedFor: 9000, idleFor: 800 });
    const shorter = rowOf({ startedFor: 9000, idleFor: 500 });
    const stuck = rowOf({ state: 'idle in transaction', idleFor: 900 });
    const back = rowOf({ startedFor: 9000, idleFor: 850 });
    const rows = [back, stuck, shorter, longest, usedOnce];
    const known = knowing(back, { patience: 300 });
    const policy = policyOf({ mode: 'terminate', idleInTransactionFor: 60 });
    expect(chosenRows(choose(choosing(rows, { known, policy })))).toEqual([
      usedOnce,
      longest,
      shorter,
      stuck,
      back,
    ]);
  });

  it('spares a task that comes back every half minute while sessions used once go after 15 s', () => {
    const task = rowOf({ startedFor: 90, idleFor: 29 });
    const rows = [
      task,
      ...many(8, { startedFor: 17, idleFor: 16 }),
      ...many(11, { startedFor: 50, idleFor: 1 }),
    ];
    const choice = choose(choosing(rows));
    expect(reasonOf(choice, task)).toBe('enough');
    expect(choice.chosen.length).toBeGreaterThan(0);
    expect(chosenRows(choice).every((row) => row.idleFor === 16)).toBe(true);
  });

  it('leaves a session that came back alone for its patience, even with no slot left', () => {
    const rest = many(19, { idleFor: 1 });
    const verdict = (idleFor: number) => {
      const row = rowOf({ startedFor: 300, idleFor });
      return reasonOf(choose(choosing([row, ...rest], { known: knowing(row, { patience: 60 }) })), row);
    };
    expect(verdict(59)).toBe('comes-back');
    expect(verdict(61)).toBe('chosen');
  });

  it('forgets what it knew of a session that has done something since the sample', () => {
    const row = rowOf({ startedFor: 300, idleFor: 59 });
    const known = knowing(row, { patience: 60, changedAt: microseconds(row.stateChange) - 1 });
    const rest = many(19, { idleFor: 1 });
    expect(reasonOf(choose(choosing([row, ...rest], { known })), row)).toBe('chosen');
  });
});

describe('how old and how many', () => {
  const policy = policyOf({ mode: 'terminate' });
  const ages = (used: number, level: 'ok' | 'critical' | 'full' = 'critical', at = 'critical') =>
    allowedAges(used, policyOf({ mode: 'terminate', at }), level, LINES, 0);

  it('lets the allowed ages fall from the acting level to a full server in a straight line', () => {
    expect(ages(15)).toEqual({ other: 330, usedOnce: 50 });
    expect(ages(17)).toEqual({ other: 15 + (315 * 3) / 5, usedOnce: 15 + (35 * 3) / 5 });
    expect(ages(20)).toEqual({ other: 15, usedOnce: 15 });
    expect(ages(23)).toEqual({ other: 15, usedOnce: 15 });
    expect(ages(3)).toEqual({ other: 330, usedOnce: 50 });
  });

  it('lets it fall from critical when it acts only at full, and a reaper spare the used once while all is well', () => {
    expect(ages(20, 'full', 'full').other).toBe(15);
    expect(ages(18, 'full', 'full').other).toBe(15 + (315 * 2) / 5);
    expect(ages(3, 'ok', 'always')).toEqual({ other: 330, usedOnce: 330 });
    expect(ages(15, 'critical', 'always').other).toBe(15 + 315 / 2);
  });

  it('lets no age fall while the server fills so slowly that each session reaches the full age first', () => {
    const choice = (opened: number) => {
      const idle = many(17, { startedFor: 45, idleFor: 40 });
      const young = many(opened, { state: 'active', startedFor: 1, idleFor: 0 });
      const old = many(180 - idle.length - opened, { state: 'active', startedFor: 600, idleFor: 0 });
      const thresholds = { warning: { enter: 160 }, critical: { enter: 170 }, full: { enter: 200 } };
      const policy = policyOf({ mode: 'terminate', at: 'always' });
      return choose(choosing([...idle, ...young, ...old], { policy, thresholds }));
    };
    expect(choice(0)).toMatchObject({ chosen: [], allowed: { usedOnce: 50, other: 330 } });
    // 20 slots are left. At one in 5 s that takes 100 s, at two in a second 10 s.
    expect(choice(1)).toMatchObject({ chosen: [], allowed: { usedOnce: 50, other: 15 + 315 / 2 } });
    expect(choice(10).allowed).toEqual({ usedOnce: 15 + 35 / 2, other: 15 + 315 / 2 });
    expect(choice(10).chosen.length).toBeGreaterThan(0);
  });

  it('ends only as many as it takes for their age to be allowed again', () => {
    // 20 of 20 used: 15 s. With 2 slots back 29 s are allowed, with 3 back 36 s.
    const rows = [...many(9, { startedFor: 33, idleFor: 30 }), ...many(11, { state: 'active' })];
    expect(choose(choosing(rows)).chosen).toHaveLength(3);
  });

  it('stops under until, and at each limit, and says which', () => {
    const rows = many(20);
    expect(choose(choosing(rows, { until: 16 })).chosen).toHaveLength(5);
    const perCheck = choose(choosing(rows, { policy: policyOf({ mode: 'terminate', maxPerCheck: 4 }) }));
    expect(perCheck).toMatchObject({ limitedBy: 'maxPerCheck', candidates: 20 });
    expect(perCheck.chosen).toHaveLength(4);
    const perHour = choose(choosing(rows, { hourBudget: 3 }));
    expect(perHour.limitedBy).toBe('maxPerHour');
    expect(perHour.chosen).toHaveLength(3);
    expect(choose(choosing(rows, { until: 16, hourBudget: 5 })).limitedBy).toBeNull();
  });

  it('keeps as many of each application as the policy says', () => {
    const rows = [...many(4), ...many(3, { application: 'batch' })];
    const choice = choose(choosing(rows, { policy: policyOf({ mode: 'terminate', keepPerApplication: 2 }) }));
    expect(
      chosenRows(choice)
        .map((row) => row.application)
        .sort(),
    ).toEqual(['batch', 'web', 'web']);
  });

  it('leaves a paused pool alone', () => {
    const paused = [{ role: 'app', database: 'shop', application: 'web' }];
    expect(classified(rowOf(), { paused })).toBe('pool-refills');
    expect(classified(rowOf({ application: 'batch' }), { paused })).toBe('chosen');
  });

  it('says how long the longest idle is when nothing is old enough', () => {
    const choice = choose(choosing([rowOf({ idleFor: 9 }), rowOf({ superuser: true, idleFor: 900 })]));
    expect(choice).toMatchObject({ chosen: [], longestIdle: 9, allowed: { usedOnce: 50 } });
    expect(choose(choosing([])).longestIdle).toBeNull();
  });

  it('holds for any sessions and any policy', () => {
    const states = ['active', 'idle', 'idle in transaction', 'unknown', 'starting'] as const;
    const row = fc
      .record({
        state: fc.constantFrom(...states),
        role: fc.constantFrom('app', 'batch', 'rdsadmin', null),
        application: fc.constantFrom('', 'web'),
        idleFor: fc.integer({ min: 0, max: 400 }),
        age: fc.integer({ min: 0, max: 400 }),
        flags: fc.subarray(['superuser', 'replication', 'ours', 'listens', 'advisoryLock'] as const, {
          maxLength: 1,
        }),
        whole: fc.boolean(),
      })
      .map(({ age, flags, ...rest }) =>
        rowOf({
          ...rest,
          startedFor: rest.idleFor + age,
          ...Object.fromEntries(flags.map((f) => [f, true])),
        }),
      );
    const input = fc.record({
      rows: fc.array(row, { maxLength: 40 }),
      until: fc.integer({ min: 0, max: 30 }),
      hourBudget: fc.integer({ min: 0, max: 30 }),
      maxPerCheck: fc.integer({ min: 1, max: 30 }),
      keepPerApplication: fc.integer({ min: 0, max: 3 }),
      idleInTransactionFor: fc.option(fc.integer({ min: 1, max: 300 }), { nil: undefined }),
    });
    fc.assert(
      fc.property(input, ({ rows, until, hourBudget, ...limits }) => {
        const settings = policyOf({ mode: 'terminate', ...limits });
        const choice = choose(choosing(rows, { until, hourBudget, policy: settings }));
        const { leftAlone } = choice;
        const chosen = chosenRows(choice);
        const idle = rows.filter(({ state }) => state.startsWith('idle') || state === 'unknown');
        for (const victim of chosen) {
          expect(victim).toMatchObject({ whole: true, superuser: false, replication: false, ours: false });
          expect(victim).toMatchObject({ listens: false, advisoryLock: false });
          expect(['app', 'batch']).toContain(victim.role);
          expect(victim.state === 'idle' || limits.idleInTransactionFor !== undefined).toBe(true);
          expect(victim.idleFor).toBeGreaterThan(
            Math.min(policy.idleForAtFull, limits.idleInTransactionFor ?? 15),
          );
        }
        // Never more than the limits, and never below the end.
        expect(chosen.length).toBeLessThanOrEqual(Math.min(limits.maxPerCheck, hourBudget));
        if (chosen.length > 0) expect(rows.length - chosen.length).toBeGreaterThanOrEqual(until - 1);
        // Nobody who was used more than once goes before one who was not; within a kind the longest idle goes first.
        const idleOnes = chosen.filter(({ state }) => state === 'idle');
        const keys = idleOnes.map((victim) => [
          victim.startedFor - victim.idleFor <= 5 ? 0 : 1,
          -victim.idleFor,
        ]);
        expect(keys).toEqual(
          [...keys].sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0) || (a[1] ?? 0) - (b[1] ?? 0)),
        );
        // Each idle session is chosen once or has one reason.
        expect(new Set([...chosen, ...leftAlone.map((entry) => entry.row)])).toEqual(new Set(idle));
        expect(chosen.length + leftAlone.length).toBe(idle.length);
        for (const application of new Set(chosen.map((victim) => victim.application))) {
          for (const role of ['app', 'batch']) {
            const of = (list: readonly SessionRow[]) =>
              list.filter((r) => r.role === role && r.application === application).length;
            if (of(chosen) > 0)
              expect(of(rows) - of(chosen)).toBeGreaterThanOrEqual(limits.keepPerApplication);
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('a rule', () => {
  const thresholds = { warning: { enter: 100 }, critical: { enter: 150 }, full: { enter: 200 } };
  const spoken = (rows: readonly SessionRow[], score: Prediction['score'], unlike: number) => {
    const prediction = {
      rule: 'once>5',
      words: 'used once and idle for over 5 s',
      score,
      unlike,
      isByTrials: false,
    };
    return new Map(rows.flatMap((row) => [...knowing(row, { prediction })]));
  };

  it('acts only with enough tries, an error and a likeness that the pressure allows, and never below until', () => {
    const input = fc.record({
      used: fc.integer({ min: 130, max: 199 }),
      tried: fc.integer({ min: 0, max: 70 }),
      error: fc.integer({ min: 0, max: 100 }).map((thousandths) => thousandths / 1000),
      moments: fc.integer({ min: 2, max: 3 }),
      unlike: fc.integer({ min: 0, max: 60 }),
      until: fc.integer({ min: 0, max: 150 }),
    });
    fc.assert(
      fc.property(input, ({ used, tried, error, moments, unlike, until }) => {
        const rows = many(used, { startedFor: 11, idleFor: 10 });
        const known = spoken(rows, { tried, wrong: tried * error, moments, youngest: 0 }, unlike);
        const { chosen } = choose(choosing(rows, { known, thresholds, until }));
        const share = Math.max(0, (used - 150) / 50);
        if (tried < 9.5 || moments < 3) expect(chosen).toEqual([]);
        if (error > 0.01 + 0.05 * share + 1e-9 || unlike > 5 + 40 * share + 1e-9) expect(chosen).toEqual([]);
        expect(used - chosen.length).toBeGreaterThanOrEqual(Math.min(used, until - 1));
      }),
      { numRuns: 300 },
    );
  });

  it('may be wrong more often with no slot left where trials verify it: whoever it wrongs comes back', () => {
    const rows = many(200, { startedFor: 11, idleFor: 10 });
    const score = { tried: 60, wrong: 9, moments: 3, youngest: 0 };
    const chosen = (isByTrials: boolean) => {
      const prediction = { rule: 'replaced', words: 'going on', score, unlike: 0, isByTrials };
      const known = new Map(rows.flatMap((row) => [...knowing(row, { prediction })]));
      return choose(choosing(rows, { known, thresholds, until: 100 })).chosen.length;
    };
    expect(chosen(false)).toBe(0);
    expect(chosen(true)).toBeGreaterThan(0);
  });

  it('has some of those that it speaks of held back, as many at most as a twentieth of the slots', () => {
    const rows = many(190, { startedFor: 11, idleFor: 10 });
    const known = spoken(rows, { tried: 60, wrong: 0, moments: 3, youngest: 0 }, 0);
    const choice = choose(choosing(rows, { known, thresholds, arrived: 190 }));
    const control = choice.leftAlone.filter(({ reason }) => reason === 'control');
    expect(control.length).toBeGreaterThanOrEqual(2);
    expect(control.length).toBeLessThanOrEqual(10);
    expect(choice.chosen).toHaveLength(190 - control.length);
  });

  it('keeps the ages from guessing where what it speaks of is enough to leave the level', () => {
    const chosen = (ruled: number) => {
      const [spokenOf, unknown] = [many(ruled, { startedFor: 11, idleFor: 10 }), many(20)];
      const others = many(160 - ruled - unknown.length, { idleFor: 1 });
      const known = spoken(spokenOf, { tried: 60, wrong: 0, moments: 3, youngest: 0 }, 0);
      const rows = [...spokenOf, ...unknown, ...others];
      return choose(choosing(rows, { known, thresholds, until: 100, arrived: 160 })).chosen;
    };
    expect(chosen(5).some(({ prediction }) => prediction === null)).toBe(true);
    expect(chosen(40).length).toBeGreaterThan(10);
    expect(chosen(40).every(({ prediction }) => prediction !== null)).toBe(true);
  });

  it('rests once most of the slots up to where the policy acts are back', () => {
    const chosen = (used: number) => {
      const rows = many(used, { startedFor: 11, idleFor: 10 });
      const known = spoken(rows, { tried: 60, wrong: 0, moments: 3, youngest: 0 }, 0);
      return choose(choosing(rows, { known, thresholds, until: 100 })).chosen.length;
    };
    expect(chosen(124)).toBe(0);
    expect(chosen(125)).toBeGreaterThan(0);
  });
});

describe('a trial', () => {
  const thresholds = { warning: { enter: 100 }, critical: { enter: 150 }, full: { enter: 200 } };
  const score = { tried: 0, wrong: 0, moments: 0, youngest: 0 };
  const prediction = { rule: 'replaced', words: 'going on', score, unlike: 0, isByTrials: true };
  /** How many are tried of three that may be, beside sessions that no rule knows and that are idle for so long. */
  const tried = (used: number, idleFor: number, changes: Partial<Choosing> = {}) => {
    const rows = many(3, { startedFor: 60, idleFor: 1 });
    const known = new Map(
      rows.flatMap((row) => [...knowing(row, { prediction, patience: 6, mayTry: true })]),
    );
    const others = many(used - 3, { startedFor: idleFor + 6, idleFor });
    const { chosen } = choose(choosing([...others, ...rows], { known, thresholds, until: 100, ...changes }));
    return chosen.filter(({ isTrial }) => isTrial).length;
  };

  it('is made only from critical on, and only where the ages could not keep slots free either', () => {
    expect(tried(160, 10)).toBe(3);
    expect(tried(149, 10)).toBe(0);
    expect(tried(160, 10, { level: 'warning', policy: policyOf({ mode: 'terminate', at: 'warning' }) })).toBe(
      0,
    );
    expect(tried(160, 20)).toBe(0);
  });
});

describe('budgets', () => {
  const budgets = parse(
    budgetsSchema,
    [
      { name: 'web', application: 'web', sessions: 2 },
      { name: 'api', application: 'api', sessions: 30 },
    ],
    'the budgets',
  );
  /** Of every row the same rule says, with the same score, that no client comes back. */
  const spokenOf = (rows: readonly SessionRow[], wrong = 0) => {
    const score = { tried: 60, wrong, moments: 3, youngest: 0 };
    const prediction = {
      rule: 'once>5',
      words: 'used once and idle for over 5 s',
      score,
      unlike: 0,
      isByTrials: false,
    };
    return new Map(rows.flatMap((row) => [...knowing(row, { prediction })]));
  };

  it('take of equals those of applications over their budget first, however long the others are idle', () => {
    const api = many(10, { application: 'api', idleFor: 90 });
    const web = many(10, { application: 'web', idleFor: 9 });
    const rows = [...api, ...web];
    const known = spokenOf(rows);
    const chosen = (given: typeof budgets) =>
      chosenRows(choose(choosing(rows, { known, until: 16, budgets: given }))).map((row) => row.application);
    expect(new Set(chosen(budgets))).toEqual(new Set(['web']));
    expect(new Set(chosen([]))).toEqual(new Set(['api']));
  });

  it('never make reclaim end more, nor what no rule and no age would have let go', () => {
    const row = fc
      .record({
        application: fc.constantFrom('web', 'api', 'other'),
        idleFor: fc.integer({ min: 0, max: 400 }),
        isKnown: fc.boolean(),
        wrong: fc.constantFrom(0, 0.4, 9),
      })
      .map(({ isKnown, wrong, ...rest }) => ({ row: rowOf({ ...rest, startedFor: 401 }), isKnown, wrong }));
    const input = fc.record({
      rows: fc.array(row, { minLength: 10, maxLength: 40 }),
      until: fc.integer({ min: 0, max: 30 }),
      hourBudget: fc.integer({ min: 0, max: 30 }),
    });
    fc.assert(
      fc.property(input, ({ rows: given, ...limits }) => {
        const rows = given.map((entry) => entry.row);
        const known = new Map(
          given.flatMap((entry) => (entry.isKnown ? [...spokenOf([entry.row], entry.wrong)] : [])),
        );
        const chosen = (changes: Partial<Choosing>) =>
          chosenRows(choose(choosing(rows, { known, ...limits, ...changes })));
        const [withBudgets, without] = [chosen({ budgets }), chosen({})];
        expect(withBudgets).toHaveLength(without.length);
        const atAll = new Set(chosen({ until: 0, hourBudget: 1000 }));
        expect(withBudgets.filter((one) => !atAll.has(one))).toEqual([]);
      }),
    );
  });
});
