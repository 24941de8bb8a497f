import { expect, it } from 'vitest';
import { emptySessionHistory } from '../../../lambda/assess/predictions/session-history.ts';
import { emptyMemory } from '../../../lambda/model/memory.ts';
import type { Session } from '../../../lambda/model/session.ts';
import { cutPools } from '../../../lambda/reclaim/refilling-pools.ts';
import { loadRunMemory } from '../../../lambda/remember/run-memory.ts';
import { check } from '../../../lambda/run/check.ts';
import { rowOf } from '../reclaim/rows-of.ts';
import { database, START, sample } from '../report/situations.ts';

it('tells in the very check whose pass has paused for a pool, and not in the next', async () => {
  const db = database({ reclaim: { mode: 'terminate' } });
  const old = Array.from({ length: 120 }, () => rowOf({ idleFor: 60 }));
  // Forty were ended five seconds ago, and forty have come in their place.
  const refilled = Array.from({ length: 40 }, () => rowOf({ startedFor: 4, idleFor: 3 }));
  const session: Session = {
    query: async <Row>() => [...old, ...refilled] as readonly object[] as Row[],
  };
  const cut = cutPools([...old, ...old.slice(0, 40)], old.slice(0, 40), START - 5000);
  const empty = emptyMemory(START);
  const signal = new AbortController().signal;
  const faults: Error[] = [];
  const runMemory = loadRunMemory(db.name, {
    store: {
      load: async () => ({
        memory: { ...empty, reclaim: { ...empty.reclaim, cut } },
        version: 1,
        problem: null,
      }),
      save: async (_database, _memory, version) => version + 1,
    },
    kept: new Map(),
    now: () => START,
    signal,
    onProblem: () => {},
    onFault: (fault) => faults.push(fault),
  });
  const told: string[] = [];
  const parts = {
    database: db,
    observer: { sample: async () => sample(START, 160), session, close: async () => {} },
    runMemory,
    clock: { now: () => START, sleep: async () => {} },
    log: () => {},
    logCheck: () => {},
    signal,
    notify: async ({ kind, paused = [] }: { kind: string; paused?: readonly object[] | undefined }) => {
      told.push([kind, ...paused.map((pool) => JSON.stringify(pool))].join(' '));
    },
    onFault: (fault: Error) => faults.push(fault),
  };
  const first = await check(parts, emptySessionHistory);
  expect(told).toEqual(['level', expect.stringMatching(/^reclaim-paused .*"web".*"ended":40,"opened":40/)]);
  await check(parts, first.history);
  expect(told).toHaveLength(2);
  expect(faults).toEqual([]);
});
