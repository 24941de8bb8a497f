import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LEVELS } from '../../../lambda/model/level.ts';
import { nextRunAt, nextSample, runWindow } from '../../../lambda/run/sampling-schedule.ts';

const START = 1_700_000_000_000;
const MINUTE = 60_000;
const window = runWindow(START, 65_000, START + MINUTE);
const defaults = { sampleEvery: 5, sampleEveryUnderPressure: 5 };
const every30 = { ...defaults, sampleEvery: 30 };

interface Site {
  level(second: number): (typeof LEVELS)[number];
  toFull?(second: number): number | null;
}

/** When a run samples, in seconds from its start, if each sample takes `took` seconds. */
function samples(policy: typeof every30, site: Site, took = 0.02, within = window) {
  const times: number[] = [];
  let at: number | null = within.startsAt;
  while (at !== null) {
    const second = (at - within.startsAt) / 1000;
    times.push(second);
    at = nextSample(policy, site.level(second), site.toFull?.(second) ?? null, at, at + took * 1000, within);
  }
  return times;
}

describe('the cadence of a run', () => {
  it('is a sample every 5 s by default, over the whole minute', () => {
    expect(samples(defaults, { level: () => 'ok' })).toEqual([0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55]);
  });

  it('is a sample at 0 and 30 s for those who prefer that, so that the next minute continues the row', () => {
    expect(samples(every30, { level: () => 'ok' })).toEqual([0, 30]);
  });

  it('is one sample when sampleEvery is a minute', () => {
    expect(samples({ ...every30, sampleEvery: 60 }, { level: () => 'ok' })).toEqual([0]);
  });

  it('is every 5 s from level warning on, with a last sample shortly before the next run', () => {
    const times = samples(every30, { level: () => 'warning' });
    expect(times).toEqual([0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 59]);
  });

  it('rises at the sample that finds the pressure, and falls again when it is over', () => {
    const level = (second: number) => (second >= 30 && second < 40 ? 'critical' : 'ok');
    expect(samples({ ...every30, sampleEvery: 20 }, { level })).toEqual([0, 20, 40]);
    expect(samples(every30, { level })).toEqual([0, 30, 35, 40]);
  });

  it('is sooner than half of the time until the server is full, at level ok as well, but never under a second', () => {
    const level = () => 'ok' as const;
    const filling = (second: number) => Math.max(0, 20 - second);
    const times = samples(every30, { level, toFull: filling });
    expect(times.slice(0, 6)).toEqual([0, 10, 15, 17.5, 18.75, 19.75]);
  });

  it('moves the next sample when one takes longer than the distance', () => {
    expect(samples(every30, { level: () => 'full' }, 12)).toEqual([0, 12, 24, 36, 48]);
  });

  it('never begins a sample later than half a second after the last moment for one, and always moves on', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1, max: 60, noNaN: true }),
        fc.double({ min: 1, max: 60, noNaN: true }),
        fc.constantFrom(...LEVELS),
        fc.option(fc.double({ min: 0, max: 100, noNaN: true })),
        fc.double({ min: 0.001, max: 45, noNaN: true }),
        (sampleEvery, sampleEveryUnderPressure, level, toFull, took) => {
          const site = { level: () => level, toFull: () => toFull };
          const times = samples({ sampleEvery, sampleEveryUnderPressure }, site, took);
          for (const [index, time] of times.entries()) {
            if (index === 0) continue;
            expect(time * 1000).toBeLessThanOrEqual(window.lastSampleAt - START + 500);
            expect(time).toBeGreaterThanOrEqual((times[index - 1] ?? 0) + took - 0.002);
          }
        },
      ),
    );
  });
});

describe('two runs', () => {
  it('leave at most 6 s without a sample under pressure, however the schedule drifts by up to 5 s', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 5000 }), { minLength: 3, maxLength: 15 }),
        fc.integer({ min: 5, max: 300 }),
        (lateness, took) => {
          const starts = lateness.map((late, minute) => START + minute * MINUTE + late);
          let last = Number.POSITIVE_INFINITY;
          for (const [index, start] of starts.entries()) {
            expect(start - last).toBeLessThanOrEqual(6000);
            const within = runWindow(start, 65_000, nextRunAt(start, starts.slice(0, index)));
            const times = samples(defaults, { level: () => 'critical' }, took / 1000, within);
            last = start + (times.at(-1) ?? 0) * 1000;
          }
        },
      ),
    );
  });

  it('do not overlap once a run has been on time, so that the next one finds the session free', () => {
    const expected = nextRunAt(START + 3000, [START - 2 * MINUTE, START - MINUTE + 1500]);
    expect(expected).toBe(START + MINUTE);
    expect(runWindow(START + 3000, 65_000, expected).lastSampleAt).toBe(START + MINUTE - 1000);
  });

  it('are not expected sooner because somebody invoked the function in between', () => {
    expect(nextRunAt(START, [START - 30_000, START - 7000])).toBe(START + MINUTE);
  });
});

describe('the window of a run', () => {
  it('leaves time for the data points before the last samples of its minute', () => {
    expect(window).toEqual({
      startsAt: START,
      lastSampleAt: START + 59_000,
      endsAt: START + 63_000,
      publishAt: START + 56_000,
    });
  });

  it('ends before Lambda ends the run', () => {
    expect(runWindow(START, 60_000, START + MINUTE).endsAt - START).toBe(59_500);
    expect(runWindow(START, 30_000, START + MINUTE)).toMatchObject({
      lastSampleAt: START + 22_000,
      endsAt: START + 26_000,
    });
  });

  it('is over at once when no time is left, but for the first sample', () => {
    expect(runWindow(START, 1000, START + MINUTE)).toMatchObject({ lastSampleAt: START, endsAt: START });
  });
});
