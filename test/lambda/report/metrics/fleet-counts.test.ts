import { expect, it } from 'vitest';
import type { Level } from '../../../../lambda/model/level.ts';
import type { Observation } from '../../../../lambda/model/observation.ts';
import { fleetCounts } from '../../../../lambda/report/metrics/fleet-counts.ts';

const common = { at: 0, took: 1 };
const failed: Observation = { kind: 'failed', ...common, class: 'timeout', code: null, text: '' };
const refused: Observation = { kind: 'refused', ...common, limit: 'all-slots', attempts: 1, text: '' };
const run = (level: Level | null, ...observations: Observation[]) => ({ level, observations });

it('counts each database by how it stood last, also when none is in trouble', () => {
  const values = (...runs: Parameters<typeof fleetCounts>[0]) =>
    Object.fromEntries(fleetCounts(runs).map(({ MetricName, Value }) => [MetricName, Value]));
  expect(values(run('ok', failed, refused))).toEqual({
    DatabasesUnreachable: 0,
    DatabasesCritical: 0,
    DatabasesFull: 0,
  });
  expect(
    values(
      run('full', refused),
      run('full', refused, failed),
      run('critical', failed),
      run(null),
      run('ok', refused),
    ),
  ).toEqual({ DatabasesUnreachable: 3, DatabasesCritical: 1, DatabasesFull: 2 });
});
