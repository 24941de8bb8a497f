import { describe, expect, it } from 'vitest';
import type { Observation } from '../../../lambda/model/observation.ts';
import { fillRate, secondsToFull, type Watched, withObservation } from '../../../lambda/run/fill-rate.ts';

const START = 1_700_000_000_000;
const capacity = {
  maxConnections: 103,
  superuserReserved: 3,
  reserved: 0,
  rdsSuperuserReserved: 0,
  rdsReserved: 0,
};
const server = { versionNum: 180_004, isReplica: false, startedAt: '', canSignal: true, role: 'guard' };

/** Samples of a server with 100 usable slots: `[second, used, ended right after]`, or the second of a refusal. */
function seen(...samples: readonly (readonly [number, number, number?] | number)[]): Watched[] {
  return samples.map((sample) => ({
    observation: observationOf(sample),
    ended: typeof sample === 'number' ? 0 : (sample[2] ?? 0),
    arrived: null,
    serverTime: null,
  }));
}

function observationOf(sample: readonly [number, number, number?] | number): Observation {
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
}

describe('the fill rate', () => {
  it('is not known after one sample, and then the seconds to full are null', () => {
    expect(fillRate(seen([0, 10]))).toBeNull();
    expect(secondsToFull(seen([0, 10]))).toBeNull();
    expect(secondsToFull(seen([0, 10], [5, 8]))).toBeNull();
  });

  it('tells when the server will be full', () => {
    expect(secondsToFull(seen([0, 10], [5, 20]))).toBe(40);
  });

  it('is the fastest of the last 15 s: a lump of sessions closed hides no leak', () => {
    expect(fillRate(seen([0, 20], [5, 60], [10, 30]))).toBe(8);
    expect(fillRate(seen([0, 20], [5, 60], [10, 30], [26, 30]))).toBe(0);
    expect(fillRate(seen([0, 20], [5, 30], [10, 50]))).toBe(4);
    expect(fillRate(seen([0, 20], [20, 60], [40, 60]))).toBe(0);
  });

  it('counts what came, whatever the guard ended meanwhile', () => {
    expect(fillRate(seen([0, 60], [5, 80, 30], [10, 70, 20], [15, 70]))).toBe(4);
    expect(secondsToFull(seen([0, 60], [5, 80, 40]))).toBe(15);
  });

  it('is no less than what came and stayed, for sessions that are closed in lumps hide it', () => {
    const session = (startedAt: number) => ({
      pid: 1,
      role: 'app',
      database: 'shop',
      application: '',
      state: 'idle' as const,
      statement: null,
      startedAt,
      changedAt: startedAt,
    });
    const sampled = (second: number, used: number, opened: readonly number[]) => {
      const observation = observationOf([second, used]);
      if (observation.kind !== 'sample') throw new Error('a sample');
      return {
        ...observation,
        sessions: { at: second * 1e6, sessions: opened.map((at) => session(at * 1e6)) },
      };
    };
    const first = withObservation([], sampled(0, 40, [-9, -1]), 0);
    const second = withObservation(first, sampled(5, 40, [-1, ...Array(20).fill(3)]), 0);
    expect(fillRate(second)).toBe(4);
    expect(secondsToFull(second)).toBe(15);
    expect(
      second.every(({ observation }) => 'sessions' in observation && observation.sessions === null),
    ).toBe(true);
  });

  it('is measured from minute to minute where samples are that far apart', () => {
    expect(fillRate(seen([0, 20], [60, 50]))).toBe(0.5);
  });

  it('is never measured while the server refuses logins or is nearly full: what was measured before is kept', () => {
    expect(fillRate(seen([0, 60], [5, 80], [6, 96], [7, 97], [8, 96]))).toBe(16);
    expect(fillRate(seen([0, 60], [5, 80], 8, 9, [10, 82], [11, 83]))).toBe(4);
    expect(secondsToFull(seen([0, 60], [5, 80], [6, 96]))).toBe(0.25);
    expect(secondsToFull(seen([0, 60], 5))).toBe(0);
  });

  it('is forgotten after two minutes', () => {
    expect(fillRate(seen([0, 10], [5, 20], [200, 20]))).toBeNull();
  });
});
