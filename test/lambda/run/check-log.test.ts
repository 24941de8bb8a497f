import { expect, test } from 'vitest';
import { assess } from '../../../lambda/assess/assess.ts';
import { emptyMemory } from '../../../lambda/model/memory.ts';
import type { Observation } from '../../../lambda/model/observation.ts';
import { createCheckLog } from '../../../lambda/run/check-log.ts';
import { database, START, sample } from '../report/situations.ts';

/** What a run logs of these observations, by their number of used slots. */
function logged(observations: readonly Observation[]) {
  const lines: unknown[] = [];
  const db = database();
  const logCheck = createCheckLog({
    database: db,
    log: (_level, _event, fields) => lines.push(fields['used'] ?? fields['kind']),
  });
  let memory = emptyMemory(START);
  for (const observation of observations) {
    const assessment = assess({ observation, database: db, memory, now: observation.at });
    logCheck(observation, assessment);
    memory = assessment.memory;
  }
  return lines;
}

const used = (...counts: number[]) => counts.map((count, index) => sample(START + index * 5000, count));

test('a run whose samples all find the same calm logs the first', () => {
  expect(logged(used(10, 11, 12, 11))).toEqual([10]);
});

test('every sample is logged while the level is not ok, and the first that finds it ok again', () => {
  const [calm, ...pressed] = used(10, 160, 161, 162);
  const later = START + 3_600_000;
  const clear = [0, 5000, 10_000, 400_000, 405_000].map((after) => sample(later + after, 11));
  expect(logged([...(calm ? [calm] : []), ...pressed, ...clear])).toEqual([
    10, 160, 161, 162, 11, 11, 11, 11,
  ]);
});

test('what is not a sample is always logged, and so is the sample after it', () => {
  const [one, two] = used(10, 11);
  const failed = { kind: 'failed', class: 'timeout', code: null, text: 'no answer', took: 1 } as const;
  const observations = [one, { ...failed, at: START }, { ...failed, at: START }, two];
  expect(logged(observations.filter((observation) => observation !== undefined))).toEqual([
    ...[10, 'failed', 'failed', 11],
  ]);
});
