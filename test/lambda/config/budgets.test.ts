import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import {
  type Budget,
  budgetArithmetic,
  budgetedSessions,
  budgetsSchema,
  inBudget,
  promisedSessions,
} from '../../../lambda/config/budgets.ts';
import { databaseSchema } from '../../../lambda/config/database.ts';
import { mostConnections } from '../../../lambda/config/expected-capacity.ts';
import { ConfigurationError, parse } from '../../../lambda/config/validation.ts';
import { budgetUses } from '../../../lambda/model/budget-use.ts';
import type { SessionGroup } from '../../../lambda/model/observation.ts';

function mistakes(input: unknown): string[] {
  try {
    parse(budgetsSchema, input, 'the budgets');
    return [];
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.mistakes.map(({ path, allowed }) => `${path}: ${allowed}`);
  }
}

const parsed = (...budgets: object[]): Budget[] => parse(budgetsSchema, budgets, 'the budgets');

describe('a budget', () => {
  it('is a number of sessions, or what pools make of instances, surge included', () => {
    const [one, two, three] = parsed(
      { name: 'checkout', role: 'checkout', sessions: 60 },
      { name: 'search', role: 'search', instances: { most: 10, surge: 2 }, pool: 20 },
      { name: 'tasks', role: 'tasks', instances: { most: 4 }, processes: 8, pool: 5, overflow: 10 },
    );
    if (!one || !two || !three) throw new Error('three budgets');
    expect([one, two, three].map(budgetedSessions)).toEqual([60, 240, 480]);
    expect([one, two, three].map(budgetArithmetic)).toEqual(['60', '(10 + 2) x 20', '4 x 8 x (5 + 10)']);
  });

  it.each([
    [[{ name: 'a', sessions: 5 }], /at least one of role, application, client/],
    [[{ name: 'a', role: 'a', sessions: 1.5 }], /sessions: a whole number from 0/],
    [[{ name: 'a', role: 'a', pool: 5 }], /instances: a value, for it is required/],
    [
      [{ name: 'a', role: 'a', sessions: 5, size: 5 }],
      /size: only name, role, application, client, sessions/,
    ],
    [[{ name: 'a', client: '10.0.0.0/40', sessions: 5 }], /client: an IP address or a network/],
    [
      [
        { name: 'a', role: 'a', sessions: 5 },
        { name: 'a', role: 'b', sessions: 5 },
      ],
      /a budget whose name no other has/,
    ],
  ])('that is written wrong is told by its place and what is allowed: %j', (budgets, told) => {
    expect(mistakes(budgets)).toEqual([expect.stringMatching(told)]);
  });

  it.each([
    [{ role: 'app' }, { role: 'app' }],
    [{ role: 'app*' }, { role: 'app_web' }],
    [{ role: 'app' }, { application: 'web' }],
    [{ client: '10.0.0.0/8' }, { client: '10.1.2.3' }],
    [{ role: 'app', client: '10.0.0.0/8' }, { role: 'a*' }],
  ])('of sessions that another counts too is a mistake: %j and %j', (a, b) => {
    const budgets = [
      { name: 'one', sessions: 1, ...a },
      { name: 'two', sessions: 1, ...b },
    ];
    expect(mistakes(budgets)).toEqual([
      expect.stringMatching(/^\[1\]: sessions that one does not count as well/),
    ]);
  });

  it.each([
    [{ role: 'app' }, { role: 'apps' }],
    [
      { role: 'app', application: 'web' },
      { role: 'app', application: 'tasks' },
    ],
    [{ client: '10.0.0.0/16' }, { client: '10.1.0.0/16' }],
  ])('may stand beside one that counts other sessions: %j and %j', (a, b) => {
    expect(parsed({ name: 'one', sessions: 1, ...a }, { name: 'two', sessions: 1, ...b })).toHaveLength(2);
  });
});

describe('the budgets of a database whose capacity is known', () => {
  const rollout = Array.from({ length: 19 }, (_, index) => ({
    name: `service-${index}`,
    role: `service_${index}`,
    instances: { most: 1 },
    pool: 20,
  }));
  const found = (settings: object) => {
    const host = 'db.example';
    const login = { secretArn: 'arn:aws:secretsmanager:us-east-1:000000000000:secret:orders-AbCdEf' };
    const result = v.safeParse(databaseSchema, { name: 'orders', host, login, ...settings });
    return result.success ? null : result.issues.map(({ path, message }) => [path?.at(-1)?.key, message]);
  };

  it('are refused with the sum that shows why they cannot fit', () => {
    const [[path, message] = []] =
      found({ budgets: rollout, reserve: 5, capacity: { maxConnections: 246, reserved: 9 } }) ?? [];
    expect(path).toBe('budgets');
    expect(message).toMatch(
      /^at most 237 sessions in all, but 385 are promised:\n {9}20 {2}service-0 = 1 x 20\n/,
    );
    expect(message).toMatch(
      /\n {10}5 {2}reserve .*\n {8}385 {2}promised\n {8}237 {2}usable = 246 max_connections - 9/,
    );
  });

  it('are accepted when they fit, or when nothing is known', () => {
    expect(found({ budgets: rollout, capacity: { maxConnections: 389, reserved: 9 } })).toBeNull();
    expect(found({ budgets: rollout })).toBeNull();
  });

  it.each([
    ['db.t4g.medium', 450],
    ['db.t3.small', 225],
    ['db.r6g.large', 1802],
    ['db.m7g.xlarge', 1802],
    ['db.r5.24xlarge', 5000],
    ['db.x2g.large', 3604],
  ])('count max_connections of %s by the formula of RDS: at most %i', (instanceClass, most) => {
    expect(mostConnections({ instanceClass, reserved: 3 })).toBe(most);
  });

  it.each(['db.serverless', 'r6g.large', 'db.q1.large', 'db.t4g.24xlarge'])(
    'refuse the class %s',
    (instanceClass) => {
      expect(found({ capacity: { instanceClass } })).toHaveLength(1);
    },
  );
});

describe('budgets that are accepted together', () => {
  const name = fc.constantFrom('a', 'ab', 'abc', 'b', 'a*', 'ab*');
  const client = fc.constantFrom('10.0.0.0/8', '10.1.0.0/16', '10.1.2.3', '192.168.0.0/16');
  const budgets = fc
    .array(
      fc.record(
        { role: name, application: name, client, sessions: fc.integer({ min: 0, max: 50 }) },
        { requiredKeys: ['sessions'] },
      ),
      { maxLength: 5 },
    )
    .map((list) => list.map((budget, index) => ({ ...budget, name: `b${index}` })))
    .filter((list) => v.is(budgetsSchema, list))
    .map((list) => parsed(...list));
  const plain = fc.constantFrom('a', 'ab', 'abc', 'abd', 'b', 'c');
  const group: fc.Arbitrary<SessionGroup> = fc.record({
    database: fc.constant('db'),
    role: plain,
    application: plain,
    client: fc.constantFrom('10.1.2.3', '10.2.0.1', '192.168.3.4', null),
    state: fc.constant('idle' as const),
    count: fc.integer({ min: 1, max: 9 }),
    oldestStateAge: fc.constant(1),
    oldestTransactionAge: fc.constant(null),
    returning: fc.constant(0),
    usedOnce: fc.constant(0),
    waiting: fc.constant(0),
    opened: fc.constant(0),
  });

  it('never count a session twice, and lose none', () => {
    fc.assert(
      fc.property(budgets, fc.array(group, { maxLength: 20 }), (list, groups) => {
        for (const session of groups) {
          expect(list.filter((budget) => inBudget(budget)(session)).length).toBeLessThanOrEqual(1);
        }
        const { budgets: uses, unbudgeted } = budgetUses(groups, list);
        const all = groups.reduce((sum, { count }) => sum + count, 0);
        expect(uses.reduce((sum, { used }) => sum + used, unbudgeted)).toBe(all);
        expect(unbudgeted).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('promise the same sum in any order', () => {
    fc.assert(
      fc.property(budgets, fc.nat(50), (list, reserve) => {
        expect(promisedSessions([...list].reverse(), reserve)).toBe(promisedSessions(list, reserve));
      }),
    );
  });
});
