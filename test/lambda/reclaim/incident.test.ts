import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { simulate } from './simulated-site.ts';
import { policyOf } from './support.ts';

const policy = policyOf({ mode: 'terminate' });

const slowing = (count: number, over: number) =>
  Array.from({ length: count }, (_, index) => -over * Math.log(1 - index / count));
const evenly = (count: number, from: number, over: number) =>
  Array.from({ length: count }, (_, index) => from + (over * index) / count);

/** A site that was measured: tabs that poll, tasks that come back every half minute, and requests that leak. */
const site = (leaks: readonly number[]) => [
  { opens: slowing(108, 28), every: 2.5 },
  { opens: evenly(12, 0, 4), every: 33 },
  { opens: evenly(6, 40, 100), every: 30 },
  { opens: leaks, every: null },
];

describe('the incident, as a model', () => {
  it('is an outage without the guard', () => {
    const { refused, peak } = simulate(site(evenly(300, 0, 300)), null, 300);
    expect(refused).toBeGreaterThan(50);
    expect(peak).toBe(196);
  });

  it('is held by the default policy: nobody refused, nobody cut who comes back, whenever the leaks happen', () => {
    // One leak a second at any moment within it.
    const jitter = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 300, maxLength: 300 });
    fc.assert(
      fc.property(jitter, (offsets) => {
        const leaks = offsets.map((offset, second) => second + offset);
        const { refused, healthyCut, pauses } = simulate(site(leaks), policy, 300);
        expect({ refused, healthyCut, pauses }).toEqual({ refused: 0, healthyCut: 0, pauses: 0 });
      }),
      { numRuns: 30 },
    );
  }, 60_000);

  it('needs the age of its own for sessions used once', () => {
    const { refused } = simulate(
      site(evenly(450, 0, 300)),
      policyOf({ mode: 'terminate', usedOnceFor: 330 }),
      300,
    );
    expect(refused).toBeGreaterThan(0);
  });

  it('cuts none of a burst of pools that are all in use', () => {
    const pods = (from: number) => ({ opens: evenly(90, from, 10), every: 12 });
    expect(simulate([pods(0), pods(30)], policy, 120)).toMatchObject({ ended: 0, healthyCut: 0 });
  });

  it('ends no more than brings a slow leak back under the warning threshold', () => {
    const outcome = simulate(
      [
        { opens: evenly(60, 0, 1), every: null },
        { opens: evenly(95, 70, 5), every: 2.5 },
      ],
      policy,
      120,
    );
    expect(outcome).toMatchObject({ ended: 56, refused: 0, healthyCut: 0 });
  });
});
