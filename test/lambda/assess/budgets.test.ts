import { describe, expect, test } from 'vitest';
import { assess } from '../../../lambda/assess/assess.ts';
import { emptyMemory } from '../../../lambda/model/memory.ts';
import { parseMemory } from '../../../lambda/remember/store.ts';
import { composeAlert } from '../../../lambda/report/message/compose.ts';
import { headline, wordOf } from '../../../lambda/report/message/subject.ts';
import { database, group, START, sample } from '../report/situations.ts';

const WEB = { name: 'checkout-api', application: 'checkout', sessions: 60 };
const db = database({ budgets: [WEB, { name: 'bi', application: 'reports', sessions: 5 }] });

/** A sample in which checkout holds so many sessions, and others 10. */
const holding = (second: number, checkout: number) => {
  const groups = [group(checkout, { application: 'checkout' }), group(10, { role: 'other' })];
  return sample(START + second * 1000, checkout + 10, { groups });
};

/** What people are told over these samples: second, word and the rest of the subject. */
function told(samples: readonly (readonly [second: number, checkout: number])[], policy = db): string[] {
  let memory = emptyMemory(START);
  return samples.flatMap(([second, checkout]) => {
    const observation = holding(second, checkout);
    const { memory: next, notifications } = assess({
      observation,
      database: policy,
      memory,
      now: observation.at,
    });
    memory = parseMemory(JSON.stringify(next), Number.MAX_VALUE);
    const facts = {
      database: policy,
      observation,
      memory,
      reclamation: null,
      scores: [],
      now: observation.at,
    };
    return notifications
      .map((notification) => composeAlert(notification, facts))
      .map((alert) => `${second} ${wordOf(alert.notification)} ${alert.database.name}: ${headline(alert)}`);
  });
}

describe('an application over its budget', () => {
  test('is named at its second sample in a row, at level ok, and once', () => {
    expect(
      told([
        [0, 20],
        [5, 61],
        [10, 80],
        [15, 90],
      ]),
    ).toEqual(['10 OVER BUDGET orders: checkout-api holds 80 of its 60']);
  });

  test('is not told of for one sample', () => {
    expect(
      told([
        [0, 61],
        [5, 60],
        [10, 61],
      ]),
    ).toEqual([]);
  });

  test('is over when every sample of three minutes was within the budget, and reminded of every four hours', () => {
    expect(
      told([
        [0, 70],
        [5, 70],
        [4 * 3600 + 4, 71],
        [4 * 3600 + 5, 72],
        [20_000, 50],
        [20_100, 61],
        [20_105, 50],
        [20_284, 50],
        [20_285, 50],
      ]),
    ).toEqual([
      '5 OVER BUDGET orders: checkout-api holds 70 of its 60',
      '14405 OVER BUDGET orders: checkout-api holds 72 of its 60, for 4 h',
      '20285 WITHIN BUDGET orders: checkout-api holds 50 of its 60 again, after 5 h 38 min',
    ]);
  });

  test('leads the likely causes of every other message, with the sessions that belong to no budget in one line', () => {
    const observation = holding(0, 120);
    const { memory, notifications } = assess({
      observation,
      database: db,
      memory: emptyMemory(START),
      now: START,
    });
    const [warning] = notifications;
    if (warning === undefined) throw new Error('130 of 182 slots are a warning');
    const facts = { database: db, observation, memory, reclamation: null, scores: [], now: START };
    const alert = composeAlert(warning, facts);
    expect(wordOf(alert.notification)).toBe('WARNING');
    expect(alert.causes[0]?.evidence).toBe('120 where it may hold 60, 60 too many');
    expect(alert.budgets.at(-1)).toBe('10 sessions belong to no budget');
  });
});

describe('budgets that promise more than there is', () => {
  const policy = database({ budgets: [{ ...WEB, sessions: 170 }], reserve: 20 });

  test('are told of at the first sample, once', () => {
    expect(
      told(
        [
          [0, 10],
          [5, 10],
          [60, 10],
        ],
        policy,
      ),
    ).toEqual(['0 BUDGETS orders: budgets promise 190 of 182 slots']);
  });

  test('are not told of while they fit with the reserve', () => {
    expect(told([[0, 10]], database({ budgets: [{ ...WEB, sessions: 162 }], reserve: 20 }))).toEqual([]);
  });
});
