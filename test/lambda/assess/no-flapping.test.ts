import fc from 'fast-check';
import { expect, test } from 'vitest';
import { assess } from '../../../lambda/assess/assess.ts';
import { atLeast, type Level } from '../../../lambda/model/level.ts';
import { levelThresholds } from '../../../lambda/model/level-thresholds.ts';
import { emptyMemory, type Notification } from '../../../lambda/model/memory.ts';
import type { Observation, Sample } from '../../../lambda/model/observation.ts';
import { database, failure, refusal, START, sample } from '../report/situations.ts';

interface Step {
  readonly observation: Observation;
  readonly level: Level;
  readonly observed: Level | null;
  readonly notifications: readonly Notification[];
}

const db = database();
const USABLE = 182;
const lines = levelThresholds(db, USABLE);

/** Looks that wander around the thresholds, 5 s to 2 min apart, with refusals and failures in between. */
const series = fc
  .array(
    fc.record({
      pause: fc.integer({ min: 5, max: 120 }),
      kind: fc.oneof(
        { weight: 12, arbitrary: fc.constant('sample' as const) },
        { weight: 1, arbitrary: fc.constant('refused' as const) },
        { weight: 1, arbitrary: fc.constant('failed' as const) },
      ),
      // Mostly near a line, where flapping would be.
      used: fc.oneof(
        ...Object.values(lines).map(({ enter, clear }) => fc.integer({ min: clear - 4, max: enter + 2 })),
        fc.integer({ min: 0, max: USABLE }),
      ),
      repeat: fc.integer({ min: 1, max: 6 }),
    }),
    { minLength: 20, maxLength: 150 },
  )
  .map((plan): readonly Observation[] => {
    let at = START;
    return plan.flatMap(({ pause, kind, used, repeat }) =>
      Array.from({ length: repeat }, () => {
        at += pause * 1000;
        if (kind === 'refused') return refusal(at, 'superuser-slots');
        return kind === 'failed' ? failure(at, 'timeout') : sample(at, Math.min(USABLE, used));
      }),
    );
  });

function walk(observations: readonly Observation[]): Step[] {
  let memory = emptyMemory(START);
  return observations.map((observation) => {
    const step = assess({ observation, database: db, memory, now: observation.at });
    memory = step.memory;
    return { observation, level: step.level, observed: step.observed, notifications: step.notifications };
  });
}

function isClearOf(level: Exclude<Level, 'ok'>): (observation: Observation) => observation is Sample {
  return (observation): observation is Sample =>
    observation.kind === 'sample' && observation.used <= lines[level].clear;
}

/** Longest stretch, in seconds, in which every reading of these steps was clear of a level. */
function longestClear(steps: readonly Step[], level: Exclude<Level, 'ok'>): number {
  const isClear = isClearOf(level);
  let [since, longest]: [number | null, number] = [null, 0];
  for (const { observation } of steps) {
    if (observation.kind === 'failed') continue;
    if (!isClear(observation)) since = null;
    else {
      since ??= observation.at;
      longest = Math.max(longest, (observation.at - since) / 1000);
    }
  }
  return longest;
}

test('never two messages for one level without a clear of it in between', () => {
  fc.assert(
    fc.property(series, (observations) => {
      const steps = walk(observations);
      for (const level of ['warning', 'critical', 'full'] as const) {
        const told = steps.flatMap(({ notifications }, index) =>
          notifications.some((notification) => notification.kind === 'level' && notification.level === level)
            ? [index]
            : [],
        );
        for (const [n, index] of told.entries()) {
          const before = told[n - 1];
          if (before === undefined) continue;
          const between = steps.slice(before + 1, index);
          expect(longestClear(between, level)).toBeGreaterThanOrEqual(db.alerts.clearAfter);
        }
      }
    }),
    { numRuns: 300 },
  );
});

test('the level held is never better than the one seen, and gets better only after a clear', () => {
  fc.assert(
    fc.property(series, (observations) => {
      const steps = walk(observations);
      for (const [index, { level, observed }] of steps.entries()) {
        if (observed !== null) expect(atLeast(level, observed)).toBe(true);
        const before = steps[index - 1]?.level ?? 'ok';
        if (before === 'ok' || atLeast(level, before)) continue;
        expect(longestClear(steps.slice(0, index + 1), before)).toBeGreaterThanOrEqual(db.alerts.clearAfter);
      }
    }),
    { numRuns: 300 },
  );
});

test('every change of the level is told once, at once, and reminders come no sooner than they are due', () => {
  fc.assert(
    fc.property(series, (observations) => {
      const steps = walk(observations);
      let [held, toldAt]: [Level, number] = ['ok', START];
      for (const { observation, level, notifications } of steps) {
        const onLevel = notifications.filter(({ kind }) =>
          ['level', 'eased', 'recovered', 'reminder'].includes(kind),
        );
        if (level !== held) expect(onLevel.map((notification) => notification.level)).toEqual([level]);
        else if (onLevel.length > 0) {
          expect(onLevel.map(({ kind }) => kind)).toEqual(['reminder']);
          const pause = level === 'warning' ? db.alerts.remindAfter.warning : db.alerts.remindAfter.critical;
          expect(observation.at - toldAt).toBeGreaterThanOrEqual(pause * 1000);
        }
        if (onLevel.length > 0) toldAt = observation.at;
        held = level;
      }
    }),
    { numRuns: 300 },
  );
});
