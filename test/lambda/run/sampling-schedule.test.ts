import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LEVELS } from '../../../lambda/model/level.ts';
import { nextSample, runWindow } from '../../../lambda/run/sampling-schedule.ts';

const START = 1_700_000_000_000;
const window = runWindow(START, 60_000);
const every30 = { sampleEvery: 30, sampleEveryUnderPressure: 5 };

/** When a run looks, in seconds from its start, if each look takes `took` seconds and finds `level`. */
function looks(
  policy: typeof every30,
  level: (second: number) => (typeof LEVELS)[number],
  took = 0.02,
): number[] {
  const times: number[] = [];
  let at: number | null = START;
  while (at !== null) {
    const second = (at - START) / 1000;
    times.push(second);
    at = nextSample(policy, level(second), at, at + took * 1000, window);
  }
  return times;
}

describe('the pace of a run', () => {
  it('looks at 0 and 30 s while all is well, so that the next minute continues the row', () => {
    expect(looks(every30, () => 'ok')).toEqual([0, 30]);
  });

  it('looks once when sampleEvery is a minute', () => {
    expect(looks({ ...every30, sampleEvery: 60 }, () => 'ok')).toEqual([0]);
  });

  it('looks every 5 s from level warning on, until shortly before the minute ends', () => {
    expect(looks(every30, () => 'warning')).toEqual([0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50]);
  });

  it('starts to look more often at the sample that finds the pressure', () => {
    expect(looks(every30, (second) => (second >= 30 ? 'critical' : 'ok'))).toEqual([0, 30, 35, 40, 45, 50]);
  });

  it('takes up the row again when the pressure is over', () => {
    expect(looks({ ...every30, sampleEvery: 20 }, (second) => (second < 10 ? 'warning' : 'ok'))).toEqual([
      0, 5, 10, 20, 40,
    ]);
  });

  it('moves the next look when one takes longer than the distance', () => {
    expect(looks(every30, () => 'full', 12)).toEqual([0, 12, 24, 36, 48]);
  });

  it('never begins a look after the last moment for one, and always moves on', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1, max: 60, noNaN: true }),
        fc.double({ min: 1, max: 60, noNaN: true }),
        fc.constantFrom(...LEVELS),
        fc.double({ min: 0.001, max: 45, noNaN: true }),
        (sampleEvery, sampleEveryUnderPressure, level, took) => {
          const times = looks({ sampleEvery, sampleEveryUnderPressure }, () => level, took);
          for (const [index, time] of times.entries()) {
            if (index > 0) {
              expect(time * 1000).toBeLessThanOrEqual(window.lastSampleAt - START);
              expect(time).toBeGreaterThanOrEqual((times[index - 1] ?? 0) + took - 0.002);
            }
          }
        },
      ),
    );
  });
});

describe('the window of a run', () => {
  it('leaves time for the data points before Lambda ends the run', () => {
    expect(runWindow(START, 60_000).endsAt - START).toBe(56_000);
    expect(runWindow(START, 30_000).endsAt - START).toBe(26_000);
  });

  it('is over at once when no time is left, but for the first look', () => {
    expect(runWindow(START, 1000)).toEqual({ startsAt: START, lastSampleAt: START, endsAt: START });
  });
});
