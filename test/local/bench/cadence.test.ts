import { describe, expect, it } from 'vitest';
import { firstSeen } from '../../../local/bench/cadence.ts';

describe('the share of leaks that are first seen too late', () => {
  it('is none where the server fills by less than the gap between the thresholds from sample to sample', () => {
    expect(firstSeen(5, 5)).toEqual({ critical: 0, full: 0 });
  });

  it('is the share of the interval that lies beyond the threshold when warning is passed', () => {
    // 30 s at 2.5 a second are 75 slots: the first 30 of them are level warning, the next 29 critical, the rest full.
    const { critical, full } = firstSeen(30, 2.5);
    expect(critical).toBeCloseTo((100 * 29) / 75, 0);
    expect(full).toBeCloseTo((100 * 16) / 75, 0);
  });
});
