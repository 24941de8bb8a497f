import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RecentSample } from '../../../../lambda/model/memory.ts';
import { trendOf } from '../../../../lambda/report/message/forecast.ts';
import { sparkline } from '../../../../lambda/report/message/trend-section.ts';

const USABLE = 182;

/** Half an hour, one reading in 30 s. */
const readings = (used: (minute: number) => number, count = 60): RecentSample[] =>
  Array.from({ length: count }, (_, index) => ({
    at: index * 30_000,
    used: Math.round(used(index / 2)),
    usable: USABLE,
  }));

describe('the trend', () => {
  test('of a steady leak is its slope, and when no slot is left', () => {
    const { slope, fullIn } = trendOf(readings((minute) => 80 + 2 * minute));
    expect(slope).toBeCloseTo(2, 1);
    expect((fullIn?.likely ?? 0) / 60).toBeCloseTo((USABLE - 138) / 2, 0);
  });

  test('is not bent by bursts', () => {
    const { slope } = trendOf(readings((minute) => 80 + 0.5 * minute + (minute % 7 === 0 ? 40 : 0)));
    expect(slope).toBeCloseTo(0.5, 1);
  });

  test('has its band around it: the soonest end before the likely one before the latest', () => {
    const { fullIn } = trendOf(readings((minute) => 90 + minute + ((minute * 14) % 9)));
    expect(fullIn).not.toBeNull();
    expect(fullIn?.soonest).toBeLessThanOrEqual(fullIn?.likely ?? 0);
    expect(fullIn?.latest).toBeGreaterThanOrEqual(fullIn?.likely ?? 0);
  });

  test.each([
    ['too few readings', readings((minute) => 80 + 3 * minute, 19)],
    ['a slope too small', readings((minute) => 100 + minute / 20)],
    ['a level too low', readings((minute) => 10 + minute)],
    ['a fall', readings((minute) => 150 - minute)],
    ['a start after a deploy', readings((minute) => (minute < 25 ? 90 + 3 * minute : 60))],
  ])('forecasts nothing from %s', (_, points) => {
    expect(trendOf(points).fullIn).toBeNull();
  });

  test('forecasts no end within the hour from noise around a flat line', () => {
    const noise = fc.array(fc.integer({ min: -4, max: 4 }), { minLength: 60, maxLength: 60 });
    let wrong = 0;
    fc.assert(
      fc.property(noise, (wobble) => {
        const { fullIn } = trendOf(readings((minute) => 110 + (wobble[minute * 2] ?? 0)));
        if (fullIn !== null && fullIn.likely < 3600) wrong += 1;
      }),
      { numRuns: 200 },
    );
    expect(wrong).toBe(0);
  });

  test('tells the pace of a leak that fills the server within minutes', () => {
    const { pace } = trendOf([
      ...readings(() => 60, 58),
      ...readings((m) => 60 + (m - 28.5) * 100).slice(58),
    ]);
    expect(pace).toMatchObject({ rise: 100, fullIn: ((USABLE - 160) / 100) * (pace?.over ?? 0) });
    expect(trendOf(readings(() => 60)).pace).toBeNull();
  });

  test('never fails, whatever the readings', () => {
    const any = fc.array(fc.record({ at: fc.integer(), used: fc.nat(), usable: fc.nat() }), {
      maxLength: 70,
    });
    fc.assert(
      fc.property(any, (points) => {
        const { slope, fullIn } = trendOf(points);
        for (const value of [slope, fullIn?.likely, fullIn?.soonest, fullIn?.latest]) {
          expect(value === null || value === undefined || Number.isFinite(value)).toBe(true);
        }
      }),
    );
  });
});

describe('the sparkline', () => {
  test('shows a column a minute between no slot and all of them', () => {
    const points = readings((minute) => (minute / 30) * USABLE);
    expect(sparkline(points, 30 * 60_000)).toBe('▁▁▁▂▂▂▂▃▃▃▃▄▄▄▅▅▅▅▆▆▆▆▇▇▇▇████');
  });

  test('leaves a minute without a reading empty', () => {
    const points = [0, 60_000, 240_000].map((at) => ({ at, used: 182, usable: 182 }));
    expect(sparkline(points, 240_000)).toBe('██  █');
  });
});
