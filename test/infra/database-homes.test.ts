import { Stack } from 'aws-cdk-lib';
import { expect, test } from 'vitest';
import { databaseHomes } from '../../infra/monitoring/database-homes.ts';

/** In which nested stack each database's alarms are. */
function placesOf(names: readonly string[]): Map<string, string> {
  const homeOf = databaseHomes(new Stack());
  return new Map(names.map((name) => [name, Stack.of(homeOf(name)).node.id]));
}

test('in a fleet of 1 to 120 the alarms of each database are where they are when it is alone', () => {
  const all = Array.from({ length: 120 }, (_, index) => `tenant-${index}`);
  const alone = new Map(all.map((name) => [name, placesOf([name]).get(name)]));
  expect(new Set(alone.values()).size).toBe(16);
  for (let size = 1; size <= all.length; size++) {
    const fleet = all.slice(0, size).toSpliced(size >> 1, size > 1 ? 1 : 0);
    for (const [name, place] of placesOf(fleet.toReversed())) expect(place, name).toBe(alone.get(name));
  }
});
