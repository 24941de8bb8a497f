import fc from 'fast-check';
import { expect, it } from 'vitest';
import { spend, spentInLastHour } from '../../../lambda/model/hourly-budget.ts';
import type { ReclaimMemory } from '../../../lambda/model/reclamation.ts';

const MINUTE = 60_000;

it('counts what was spent in the last hour, never less, and stays small', () => {
  const steps = fc.array(
    fc.record({ after: fc.integer({ min: 0, max: 5 * MINUTE }), count: fc.integer({ min: 0, max: 50 }) }),
    { minLength: 30, maxLength: 100 },
  );
  fc.assert(
    fc.property(steps, (list) => {
      let now = 1_800_000_000_000;
      let spent: ReclaimMemory['spent'] = [];
      const all: { at: number; count: number }[] = [];
      for (const { after, count } of list) {
        now += after;
        spent = spend(spent, now, count);
        all.push({ at: now, count });
        const since = (ms: number) =>
          all.filter(({ at }) => at > now - ms).reduce((sum, e) => sum + e.count, 0);
        expect(spentInLastHour(spent, now)).toBeGreaterThanOrEqual(since(60 * MINUTE));
        expect(spentInLastHour(spent, now)).toBeLessThanOrEqual(since(62 * MINUTE));
        expect(spent.length).toBeLessThanOrEqual(62);
      }
    }),
  );
});

it('gives back what was set aside and not needed', () => {
  const spent = spend(spend([], MINUTE, 10), MINUTE + 5, -4);
  expect(spentInLastHour(spent, MINUTE)).toBe(6);
  expect(spend(spent, MINUTE, -6)).toEqual([]);
});
