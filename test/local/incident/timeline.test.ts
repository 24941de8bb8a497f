import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { levelOf, levelsReached, type Measurement } from '../../../local/incident/timeline.ts';

const limits = { warning: 100, critical: 150, usable: 197 };

function measurements(...used: number[]): Measurement[] {
  return used.map((count, index) => ({
    at: index * 1000,
    used: count,
    guard: 0,
    active: 0,
    idleShortly: count,
    idleLonger: 0,
    inTransaction: 0,
  }));
}

describe('the levels of a replay', () => {
  it('are listed in the order they were reached, and ok when the measurements stay there', () => {
    expect(levelsReached(measurements(0, 99, 100, 150, 197, 120, 40, 41), limits)).toEqual([
      { level: 'warning', at: 2000 },
      { level: 'critical', at: 3000 },
      { level: 'full', at: 4000 },
      { level: 'ok', at: 6000 },
    ]);
  });

  it('do not include what only swings about a threshold', () => {
    expect(
      levelsReached(measurements(99, 100, 99, 100, 150, 149, 150), limits).map(({ level }) => level),
    ).toEqual(['warning', 'critical']);
  });

  it('include one that was passed between two measurements', () => {
    expect(levelsReached(measurements(0, 160), limits)).toEqual([
      { level: 'warning', at: 1000 },
      { level: 'critical', at: 1000 },
    ]);
  });

  it('are none for an application that stayed below', () => {
    expect(levelsReached(measurements(0, 50, 99), limits)).toEqual([]);
  });

  it('count the slot of the guard itself when it comes to whether a login would be refused', () => {
    const [measurement] = measurements(196);
    expect(measurement && levelOf({ ...measurement, guard: 1 }, limits)).toBe('full');
    expect(measurement && levelOf(measurement, limits)).toBe('critical');
  });

  it('only ever rise, but for ok at the end', () => {
    const counts = fc.array(fc.integer({ min: 0, max: 200 }), { maxLength: 30 });
    fc.assert(
      fc.property(counts, (used) => {
        const levels = levelsReached(measurements(...used), limits).map(({ level }) => level);
        const order = ['warning', 'critical', 'full', 'ok'];
        expect(levels).toEqual(order.filter((level) => levels.some((reached) => reached === level)));
      }),
    );
  });
});
