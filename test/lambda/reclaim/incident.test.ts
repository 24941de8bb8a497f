import { describe, expect, it } from 'vitest';
import { databaseWith, played, refusedWithout } from '../../support/site/play.ts';
import { SITES, type SiteName } from '../../support/site/sites.ts';

const SEEDS = ['one', 'two', 'three'];
const DEFAULTS = databaseWith();
const AT_100_AND_150 = databaseWith({ thresholds: { warning: 100, critical: 150 } });

/** What came of a site with each seed, in one object for all. */
function totals(name: SiteName, database = DEFAULTS) {
  const results = SEEDS.map((seed, index) => played(SITES[name], seed, database, index * 1.7));
  return {
    refused: results.reduce((sum, { refused }) => sum + refused, 0),
    cut: results.flatMap(({ cut }) => [...cut.keys()]),
  };
}

const HELD = { refused: 0, cut: [] };

describe('a site as plain data, with the guard that learns', () => {
  it('is an outage without the guard', () => {
    for (const seed of SEEDS) expect(refusedWithout(SITES['incident A'], seed)).toBeGreaterThan(100);
  });

  it.each([
    ['default thresholds', DEFAULTS],
    ['100 and 150', AT_100_AND_150],
  ])('holds the real incident: none refused, no living session cut (%s)', (_, database) => {
    expect(totals('incident A', database)).toEqual(HELD);
  });

  it('ends no session of a pool opened in advance that waits for its first use beside a leak', () => {
    expect(totals('prewarmed 70 s').cut).toEqual([]);
    expect(totals('prewarmed 600 s').cut).toEqual([]);
  });

  it('ends no session of a pool used last-in first-out, nor of a cron job, beside a leak', () => {
    expect(totals('lifo').cut).toEqual([]);
  });

  it('ends nothing on a busy site where every session is in use', () => {
    expect(played(SITES.busy, 'one', DEFAULTS).guard.ended).toBe(0);
  });
});
