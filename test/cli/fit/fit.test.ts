import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { budgetSql } from '../../../cli/fit/budget-sql.ts';
import { headroomOf, renderHeadroom } from '../../../cli/fit/headroom.ts';
import { type HolderSample, renderPoolSizes, sizePools } from '../../../cli/fit/pool-size.ts';
import { SCENARIOS } from '../../../local/incident/application/scenarios.ts';
import { capacity, database, group, START, sample } from '../../lambda/report/situations.ts';

// 182 usable slots, warning from 128.
const db = database({
  budgets: [
    { name: 'checkout-api', application: 'checkout', sessions: 60 },
    { name: 'search', application: 'search', instances: { most: 4 }, pool: 5 },
  ],
  reserve: 5,
});

/** A sample at a second in which the two applications and others hold so many sessions. */
const holding = (second: number, checkout: number, search: number, others: number) =>
  sample(START + second * 1000, checkout + search + others, {
    groups: [
      group(checkout, { application: 'checkout' }),
      group(search, { application: 'search' }),
      group(others, { application: 'other' }),
    ],
  });

describe('headroom', () => {
  test('counts what is used, what others are promised and do not use, and the reserve, as a person would write it', () => {
    expect(renderHeadroom(headroomOf(db, [holding(0, 20, 5, 40)], 60, null))).toEqual([
      'orders: 60 more sessions do not fit',
      '       182  usable slots (191 max_connections - 9 reserved)',
      '  -     65  used now',
      '  -     40  promised to checkout-api and not in use',
      '  -     15  promised to search and not in use',
      '  -      5  kept for people and tools',
      '  =     57  free',
      '  -     60  needed',
      '  =     -3  short',
    ]);
  });

  test('does not hold the promise of the application that is about to open sessions against it', () => {
    const headroom = headroomOf(db, [holding(0, 20, 5, 40)], 40, 'checkout-api');
    expect(headroom).toMatchObject({ verdict: 'fits', free: 97, left: 57 });
  });

  test('tells when they fit only beyond the warning threshold', () => {
    const headroom = headroomOf(db, [holding(0, 20, 20, 60)], 28, 'checkout-api');
    expect(headroom).toMatchObject({ verdict: 'tight', left: 49, warningAt: 128 });
    expect(headroomOf(db, [holding(0, 20, 20, 60)], 27, 'checkout-api').verdict).toBe('fits');
  });

  test('goes by the sample that leaves least, not by the last', () => {
    const samples = [holding(0, 20, 5, 40), holding(1, 20, 5, 90), holding(2, 0, 0, 0)] as const;
    expect(headroomOf(db, samples, 0, null)).toMatchObject({ used: 115, free: 7, samples: 3, over: 2 });
  });

  test.each(SCENARIOS.filter(({ name }) => name.startsWith('burst')))(
    'says before the scenario $name begins that its new pods do not fit',
    ({ clients, maxConnections, reservedConnections, thresholds }) => {
      const [old, fresh] = clients.filter(({ kind }) => kind === 'holders');
      const tasks = clients.find(({ kind }) => kind === 'tasks');
      if (!(old && fresh && tasks && 'count' in old && 'count' in fresh && 'count' in tasks)) {
        throw new Error('a burst has old pods, new pods and tasks');
      }
      const before = sample(START, old.count + tasks.count, {
        capacity: { ...capacity, maxConnections, reserved: reservedConnections, rdsReserved: 0 },
      });
      const { verdict, left } = headroomOf(database({ thresholds }), [before], fresh.count, null);
      expect(verdict).toBe('does-not-fit');
      expect(left).toBeLessThan(0);
    },
  );

  test('never says that more fits than is left on the server', () => {
    const count = fc.nat(80);
    fc.assert(
      fc.property(count, count, count, fc.nat(200), (checkout, search, others, need) => {
        const { left, free, verdict } = headroomOf(db, [holding(0, checkout, search, others)], need, null);
        expect(free).toBeLessThanOrEqual(182 - (checkout + search + others));
        expect(verdict === 'does-not-fit').toBe(left < 0);
      }),
    );
  });
});

describe('the size of pools', () => {
  const pods = (second: number, working: number): HolderSample => ({
    at: START + second * 1000,
    holders: Array.from({ length: 10 }, (_, pod) => ({
      application: 'checkout-api',
      role: 'checkout',
      client: `10.0.0.${pod}`,
      count: 10,
      idle: 10 - (pod < working ? 1 : 0),
    })),
  });

  test('names the pool that would have done for the most that worked at once, and the slots it sets free', () => {
    const lines = renderPoolSizes([pods(0, 3), pods(1, 10), pods(2, 4)]);
    expect(lines).toContain(
      'checkout-api: 10 clients held 100 sessions, never more than 10 worked at once: a pool of 2 each would have done, 80 slots free.',
    );
    expect(lines.at(-1)).toMatch(/^Rests on 3 samples over 2 s\..* less than 100% of the time/);
  });

  test('is never smaller than what worked, nor without a connection', () => {
    fc.assert(
      fc.property(fc.nat(10), (working) => {
        const [use] = sizePools([pods(0, working)]);
        if (use === undefined) throw new Error('one application');
        expect(use.pool * use.clients).toBeGreaterThanOrEqual(working);
        expect(use.pool).toBeGreaterThanOrEqual(1);
      }),
    );
  });
});

test('limits are printed for budgets that are a whole role, and for no other', () => {
  const { budgets } = database({
    budgets: [
      { name: 'api', role: 'shop"api', instances: { most: 10, surge: 2 }, pool: 5 },
      { name: 'jobs', role: 'jobs', application: 'celery', sessions: 9 },
      { name: 'bi', role: 'bi_*', sessions: 5 },
    ],
  });
  const sql = budgetSql(budgets).split('\n');
  expect(sql).toContain('ALTER ROLE "shop""api" CONNECTION LIMIT 60; -- api = (10 + 2) x 5');
  expect(sql.filter((line) => line.startsWith('ALTER'))).toHaveLength(1);
  expect(sql[2]).toBe('SET search_path TO pg_catalog, pg_temp;');
});

test.each(['a\n\\! reboot', 'a`reboot`', '$(reboot)', 'user\u202etxt', 'a\\b'])(
  'no limit is printed for a role whose name is not safe to paste: %j',
  (role) => {
    const { budgets } = database({ budgets: [{ name: 'api', role, sessions: 5 }] });
    expect(budgetSql(budgets).split('\n').slice(3)).toEqual([
      '-- api: its role has a name that is not safe to paste',
    ]);
  },
);
