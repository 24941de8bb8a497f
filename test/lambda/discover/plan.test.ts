import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Entry, inputOf } from '../../../lambda/discover/entry.ts';
import { CONFIRMED_AFTER, type Plan, planOf, type Scheduled } from '../../../lambda/discover/plan.ts';
import { phaseOf, startOf } from '../../../lambda/discover/schedules.ts';

const entry = (id: number, name = `server-${id}`): Entry => ({
  name,
  host: `${name}.example`,
  discovered: { resourceId: `db-${id}` },
});
const LIMITS = { databasesPerRun: 3, atMost: 20 };

/** The schedules after a plan. */
function applied(scheduled: readonly Scheduled[], { changes }: Plan): Scheduled[] {
  const after = new Map(scheduled.map((schedule) => [schedule.name, schedule]));
  for (const { name, entries } of changes) {
    if (entries.length === 0) after.delete(name);
    else after.set(name, { name, entries, exists: true, isCurrent: true });
  }
  return [...after.values()];
}

const homesOf = (scheduled: readonly Scheduled[]) =>
  new Map(
    scheduled.flatMap(({ name, entries }) =>
      entries.map((one) => [one.discovered.resourceId, name] as const),
    ),
  );

const ids = fc.uniqueArray(fc.nat(25), { maxLength: 20 });

test('whatever comes and goes: each is in one event, none is too full, and those that stay do not move', () => {
  fc.assert(
    fc.property(fc.array(ids, { minLength: 1, maxLength: 6 }), (descriptions) => {
      let scheduled: Scheduled[] = [];
      let missing: Plan['missing'] = {};
      let now = 0;
      for (const wanted of descriptions) {
        const before = homesOf(scheduled);
        const plan = planOf(
          scheduled,
          wanted.map((id) => entry(id)),
          missing,
          LIMITS,
          now,
        );
        scheduled = applied(scheduled, plan);
        ({ missing } = plan);
        const after = homesOf(scheduled);
        for (const [id, home] of before) if (after.has(id)) expect(after.get(id)).toBe(home);
        for (const { entries } of scheduled)
          expect(entries.length).toBeLessThanOrEqual(LIMITS.databasesPerRun);
        const all = scheduled.flatMap(({ entries }) => entries.map(({ name }) => name));
        expect(new Set(all).size).toBe(all.length);
        expect(all.length).toBeLessThanOrEqual(LIMITS.atMost);
        const refused = plan.refused.map(({ name }) => name);
        for (const id of wanted) expect([...all, ...refused]).toContain(`server-${id}`);
        expect(
          planOf(
            scheduled,
            wanted.map((id) => entry(id)),
            missing,
            LIMITS,
            now,
          ).changes,
        ).toEqual([]);
        now += CONFIRMED_AFTER / 2;
      }
    }),
  );
});

test('a server goes when two descriptions a minute apart miss it, and stays when it is back in between', () => {
  const first = applied([], planOf([], [entry(1), entry(2)], {}, LIMITS, 0));
  const missed = planOf(first, [entry(1)], {}, LIMITS, 1000);
  expect(missed.changes).toEqual([]);
  const back = planOf(first, [entry(1), entry(2)], missed.missing, LIMITS, 2000);
  expect(back.missing).toEqual({});
  const gone = planOf(first, [entry(1)], missed.missing, LIMITS, 1000 + CONFIRMED_AFTER);
  expect(gone.changes).toMatchObject([{ name: 'fleet-1', entries: [entry(1)], removed: [entry(2)] }]);
});

test('one that is deleted and made again under its name takes the place at once: an event has no name twice', () => {
  const first = applied([], planOf([], [entry(1, 'orders')], {}, LIMITS, 0));
  const again = planOf(first, [entry(2, 'orders')], {}, LIMITS, 1000);
  expect(again.changes).toMatchObject([{ name: 'fleet-1', entries: [entry(2, 'orders')] }]);
});

test('a schedule that somebody has spoilt, or put there, is written anew or deleted', () => {
  const spoilt = { name: 'fleet-1', entries: [], exists: true, isCurrent: false };
  const foreign = { name: 'other', entries: [entry(9)], exists: true, isCurrent: true };
  expect(planOf([foreign, spoilt], [entry(1)], {}, LIMITS, 0).changes).toMatchObject([
    { name: 'fleet-1', entries: [entry(1)], exists: true },
    { name: 'other', entries: [] },
  ]);
});

test('an event never outgrows what Scheduler takes, whatever the profile holds', () => {
  const large = Array.from({ length: 3 }, (_, id) => ({ ...entry(id), budgets: 'x'.repeat(120_000) }));
  const { changes } = planOf([], large, {}, LIMITS, 0);
  expect(changes.map(({ entries }) => entries.length)).toEqual([2, 1]);
  for (const { entries } of changes) expect(inputOf(entries).length).toBeLessThan(256 * 1024);
});

test('of 100 schedules no three fire in one second, and each fires first within 50 s of being written', () => {
  const seconds = Array.from({ length: 100 }, (_, index) => Math.floor(phaseOf(index + 1) / 1000));
  const most = Math.max(...seconds.map((second) => seconds.filter((other) => other === second).length));
  expect(most).toBeLessThanOrEqual(2);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100 }), fc.nat(10 ** 13), (number, now) => {
      const start = startOf(`fleet-${number}`, now);
      expect(start).toBeGreaterThan(now);
      expect(start - now).toBeLessThanOrEqual(50_000);
      if (start - now < 50_000) expect((start - phaseOf(number)) % 60_000).toBe(0);
    }),
  );
});
