import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assess } from '../../../lambda/assess/assess.ts';
import type { Memory } from '../../../lambda/model/memory.ts';
import { loadRunMemory } from '../../../lambda/remember/run-memory.ts';
import { MemoryConflictError, type MemoryStore } from '../../../lambda/remember/store.ts';
import { deliver } from '../../../lambda/run/deliver.ts';
import { database, START, sample } from '../report/situations.ts';

const db = database();
const never = new Promise<never>(() => {});

/** What all processes share: the table, the topic, and the time. */
class World {
  now = START;
  item: { memory: Memory; version: number } | null = null;
  published = 0;
}

/** Wraps each effect of a process on the world: here it may wait for its turn, or the process may die. */
type Step = <Value>(name: string, effect: () => Value) => Promise<Value>;

/** One check of a process that finds the database critical: assess, claim, publish, mark. */
async function checkOnce(world: World, step: Step): Promise<number> {
  const store: MemoryStore = {
    load: () => step('load', () => world.item && { ...world.item, problem: null }),
    save: (_database, memory, version) =>
      step('save', () => {
        if (version !== (world.item?.version ?? 0)) throw new MemoryConflictError('not the newest');
        world.item = { memory, version: version + 1 };
        return version + 1;
      }),
  };
  const faults: Error[] = [];
  const onFault = (fault: Error) => faults.push(fault);
  const runMemory = await loadRunMemory(db.name, {
    store,
    kept: new Map(),
    now: () => world.now,
    signal: new AbortController().signal,
    onFault,
    onProblem: () => {},
  });
  const { now } = world;
  const observation = sample(now, 160);
  runMemory.change((memory) => assess({ observation, database: db, memory, now }).memory);
  const sent = await deliver(
    {
      database: db,
      notify: () =>
        step('publish', () => {
          world.published += 1;
        }),
      clock: { now: () => world.now, sleep: async () => {} },
      log: () => {},
      onFault,
    },
    runMemory,
    { observation, reclamation: null },
  );
  await runMemory.store();
  expect(faults).toEqual([]);
  return sent;
}

const atOnce: Step = async (_name, effect) => effect();

describe('the same event in several processes at the same moment', () => {
  test('is told exactly once, in whatever order their calls interleave', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.integer({ min: 2, max: 5 }), async (scheduler, processes) => {
        const world = new World();
        const step: Step = async (name, effect) => {
          await scheduler.schedule(Promise.resolve(), name);
          return effect();
        };
        const all = Promise.all(Array.from({ length: processes }, () => checkOnce(world, step)));
        const sent = await scheduler.waitFor(all);
        expect(world.published).toBe(1);
        expect(sent.reduce((sum, one) => sum + one, 0)).toBe(1);
        expect(world.item?.memory.undelivered).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});

describe('a process that dies', () => {
  const effects = ['load', 'save', 'publish', 'save'];
  const points = effects.flatMap((effect, index) => [
    { when: `before its call ${index + 1}, ${effect}, takes effect`, at: index, after: false },
    { when: `after its call ${index + 1}, ${effect}, took effect`, at: index, after: true },
  ]);

  test.each(points)(
    '$when loses nothing, and repeats the message only between publish and mark',
    async (point) => {
      const world = new World();
      let calls = 0;
      let died = () => {};
      const dead = new Promise<void>((resolve) => {
        died = resolve;
      });
      const dying: Step = async (_name, effect) => {
        const isLast = calls === point.at;
        calls += 1;
        if (!isLast) return effect();
        if (point.after) effect();
        died();
        return never;
      };
      checkOnce(world, dying).catch(() => {});
      await dead;
      for (const seconds of [1, 6, 21, 60]) {
        world.now = START + seconds * 1000;
        await checkOnce(world, atOnce);
      }
      const publishedBeforeItDied = point.at > 2 || (point.at === 2 && point.after);
      const markedBeforeItDied = point.at === 3 && point.after;
      expect(world.published).toBe(publishedBeforeItDied && !markedBeforeItDied ? 2 : 1);
      expect(world.item?.memory.undelivered).toEqual([]);
    },
  );
});
