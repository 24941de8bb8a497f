import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { levelThresholds } from '../../../lambda/model/level-thresholds.ts';
import { database } from '../report/situations.ts';

const lines = (usable: number, warning: unknown, critical: unknown, alerts: object = {}) =>
  levelThresholds(database({ thresholds: { warning, critical }, alerts }), usable);

describe('where a level begins', () => {
  test.each([
    [182, '70%', '85%', 128, 155],
    [10, '70%', '80%', 7, 8],
    [182, 100, 150, 100, 150],
    [182, '40 left', '10 left', 142, 172],
    [182, 100, '10%', 19, 19],
    [50, 100, 150, 49, 49],
    [10, '40 left', '20 left', 1, 1],
  ])('of %i usable slots, %s and %s begin at %i and %i used', (usable, warning, critical, first, second) => {
    const { warning: a, critical: b } = lines(usable, warning, critical);
    expect([a.enter, b.enter]).toEqual([first, second]);
  });

  test('full begins when the last slot is the one of the guard itself', () => {
    expect(lines(182, '70%', '85%').full.enter).toBe(181);
    expect(lines(0, '70%', '85%').full.enter).toBe(1);
  });
});

describe('where a level ends', () => {
  test('is five points of usable under the threshold', () => {
    const { warning, critical, full } = lines(200, '70%', '85%');
    expect([warning.clear, critical.clear, full.clear]).toEqual([130, 160, 189]);
  });

  test('is half way down at most, so that a small count on a large server can end', () => {
    expect(lines(5000, 100, 150).warning.clear).toBe(50);
  });

  test.each([
    ['60%', 97, 58],
    ['60%', 100, 60],
    [55, 97, 55],
    ['30 left', 97, 67],
  ])('is the explicit %s where one is given (of %i: %i)', (clear, usable, used) => {
    expect(lines(usable, '70%', '85%', { clear: { warning: clear } }).warning.clear).toBe(used);
  });

  test('lies under where it begins, and the levels are in order, whatever the policy', () => {
    const threshold = fc.oneof(
      fc.integer({ min: 1, max: 6000 }),
      fc.integer({ min: 1, max: 100 }).map((n) => `${n}%`),
      fc.integer({ min: 0, max: 6000 }).map((n) => `${n} left`),
    );
    const policy = fc.record({
      usable: fc.integer({ min: 0, max: 6000 }),
      warning: threshold,
      critical: threshold,
      clear: threshold,
      clearMargin: fc.integer({ min: 0, max: 50 }),
    });
    fc.assert(
      fc.property(policy, ({ usable, warning, critical, clear, clearMargin }) => {
        const base = database();
        const alerts = { ...base.alerts, clearMargin, clear: { warning: clear } };
        const all = levelThresholds({ thresholds: { warning, critical }, alerts }, usable);
        for (const line of Object.values(all)) {
          expect(line.clear).toBeLessThan(line.enter);
          expect(line.clear).toBeGreaterThanOrEqual(0);
        }
        expect(all.warning.enter).toBeLessThanOrEqual(all.critical.enter);
        expect(all.critical.enter).toBeLessThanOrEqual(all.full.enter);
      }),
    );
  });
});
