import { describe, expect, it } from 'vitest';
import type { Observation } from '../../../lambda/model/observation.ts';
import { fillRate, secondsToFull } from '../../../lambda/run/fill-rate.ts';

const START = 1_700_000_000_000;
const capacity = {
  ...{ maxConnections: 103, superuserReserved: 3, reserved: 0, rdsSuperuserReserved: 0, rdsReserved: 0 },
};
const server = { versionNum: 180_004, isReplica: false, startedAt: '', canSignal: true, role: 'guard' };

/** Samples of a server with 100 usable slots: `[second, used]`, or the second of a refusal. */
function seen(...samples: readonly (readonly [number, number] | number)[]): Observation[] {
  return samples.map((sample) => {
    if (typeof sample === 'number') {
      const refusal = { kind: 'refused', limit: 'superuser-slots', attempts: 1, text: '' } as const;
      return { ...refusal, at: START + sample * 1000, took: 5 };
    }
    const [second, used] = sample;
    return {
      kind: 'sample',
      at: START + second * 1000,
      took: 5,
      capacity,
      server,
      used,
      groups: [],
      sessions: null,
      limits: [],
    };
  });
}

describe('the fill rate', () => {
  it('is not known after one sample, and null seconds to full mean that nobody can tell', () => {
    expect(fillRate(seen([0, 10]))).toBeNull();
    expect(secondsToFull(seen([0, 10]))).toBeNull();
    expect(secondsToFull(seen([0, 10], [5, 8]))).toBeNull();
  });

  it('tells when the server will be full', () => {
    expect(secondsToFull(seen([0, 10], [5, 20]))).toBe(40);
  });

  it('is the fastest of the last 15 s: a lump of sessions closed hides no leak', () => {
    expect(fillRate(seen([0, 20], [5, 60], [10, 30]))).toBe(1);
    expect(fillRate(seen([0, 20], [5, 30], [10, 50]))).toBe(4);
    expect(fillRate(seen([0, 20], [20, 60], [40, 60]))).toBe(0);
  });

  it('is measured from minute to minute where samples stand so far apart', () => {
    expect(fillRate(seen([0, 20], [60, 50]))).toBe(0.5);
  });

  it('is never measured while the server refuses logins or is nearly full: what was measured before stands', () => {
    expect(fillRate(seen([0, 60], [5, 80], [6, 96], [7, 97], [8, 96]))).toBe(4);
    expect(fillRate(seen([0, 60], [5, 80], 8, 9, [10, 82], [11, 83]))).toBe(1);
    expect(secondsToFull(seen([0, 60], [5, 80], [6, 96]))).toBe(1);
    expect(secondsToFull(seen([0, 60], 5))).toBe(0);
  });

  it('is forgotten after two minutes', () => {
    expect(fillRate(seen([0, 10], [5, 20], [200, 20]))).toBeNull();
  });
});
