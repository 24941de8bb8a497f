import { describe, expect, it } from 'vitest';
import { assess } from '../../../lambda/assess/assess.ts';
import type { Database } from '../../../lambda/config/database.ts';
import { emptyMemory, type Memory } from '../../../lambda/model/memory.ts';
import type { ReclaimMemory } from '../../../lambda/model/reclamation.ts';
import { parseMemory } from '../../../lambda/remember/store.ts';
import { database, minutesAfterStart as minutes, pausedPool, START, sample } from '../report/situations.ts';

const terminating = database({ reclaim: { mode: 'terminate', maxPerHour: 1000 } });

/** What was told of reclaim after each of these passes: the minute, the kind and the pools; and the memory at the end. */
function told(
  passes: readonly (readonly [minute: number, reclaim: Partial<ReclaimMemory>])[],
  db: Database = terminating,
  start: Memory = emptyMemory(START),
) {
  let memory = start;
  const messages = passes.flatMap(([minute, reclaim]) => {
    const { notifications, memory: next } = assess({
      observation: sample(minutes(minute), 80),
      database: db,
      memory: { ...memory, reclaim: { ...memory.reclaim, ...reclaim } },
      now: minutes(minute),
    });
    memory = next;
    return notifications.map(({ kind, paused = [] }) =>
      [minute, kind, ...paused.map(({ application }) => application)].join(' '),
    );
  });
  return { messages, memory };
}

/** Pools that were paused at this minute. */
const pausedAt = (minute: number, ...applications: readonly string[]) => ({
  paused: applications.map((application) => pausedPool({ application, until: minutes(minute + 5) })),
});

/** So many sessions ended at this minute. */
const spentAt = (minute: number, count: number) => ({ spent: [{ minute: minutes(minute), count }] });

describe('a pool for which reclaim has paused', () => {
  it('is told of at once, once, and a second one by itself', () => {
    const { messages } = told([
      [0, pausedAt(0, 'web')],
      [0.1, pausedAt(0, 'web')],
      [0.2, pausedAt(0, 'web', 'reports')],
      [5, { paused: [] }],
    ]);
    expect(messages).toEqual(['0 reclaim-paused web', '0.2 reclaim-paused reports']);
  });

  it('is told of once an hour however often it refills, and is forgotten an hour after the last time', () => {
    const passes = Array.from({ length: 26 }, (_, n) => [n * 6, pausedAt(n * 6, 'web')] as const);
    expect(told(passes).messages).toEqual([
      '0 reclaim-paused web',
      '60 reclaim-paused web',
      '120 reclaim-paused web',
    ]);
    expect(told([...passes, [180, { paused: [] }]]).memory.reclaimTold).toEqual([]);
  });

  it('makes no flood where each application has a name of its own', () => {
    const passes = Array.from({ length: 50 }, (_, n) => [n, pausedAt(n, `worker ${n}`)] as const);
    expect(told(passes).messages).toHaveLength(5);
    const names = Array.from({ length: 20 }, (_, n) => `worker ${n}`);
    expect(told([[0, pausedAt(0, ...names)]]).messages).toEqual([
      '0 reclaim-paused worker 0 worker 1 worker 2 worker 3 worker 4',
    ]);
  });

  it('is not told of when the pause is over, nor where no session is terminated', () => {
    expect(told([[6, pausedAt(0, 'web')]]).messages).toEqual([]);
    const dryRun = database({ reclaim: { mode: 'dry-run' } });
    expect(told([[0, pausedAt(0, 'web')]], dryRun).messages).toEqual([]);
  });
});

describe('the sessions that reclaim may end in an hour', () => {
  it('are told of when four fifths are used up, with what is left to say', () => {
    expect(told([[1, spentAt(0, 799)]]).messages).toEqual([]);
    const { messages, memory } = told([[1, spentAt(0, 800)]]);
    expect(messages).toEqual(['1 reclaim-limit']);
    expect(memory.undelivered[0]?.notification.hour).toEqual({
      ended: 800,
      most: 1000,
      freeAt: minutes(61),
    });
  });

  it('are told of once an hour while they are short, and again only when they run short again', () => {
    const { messages } = told([
      [1, spentAt(0, 800)],
      [2, spentAt(0, 1000)],
      [40, spentAt(0, 700)],
      [41, spentAt(0, 900)],
      [70, spentAt(69, 100)],
      [71, spentAt(69, 900)],
    ]);
    expect(messages).toEqual(['1 reclaim-limit', '71 reclaim-limit']);
  });
});

it('is told beside another of the same moment, each in a thread of its own', () => {
  const { messages, memory } = told([[1, { ...pausedAt(1, 'web'), ...spentAt(0, 900) }]]);
  expect(messages).toEqual(['1 reclaim-paused web', '1 reclaim-limit']);
  expect(new Set(memory.undelivered.map(({ notification }) => notification.threadId)).size).toBe(2);
});

it('is not told again by a duplicate run, which applies its check to the memory that the first has stored', () => {
  const news = { ...pausedAt(1, 'web'), ...spentAt(0, 900) };
  const stored = parseMemory(JSON.stringify(told([[1, news]]).memory), minutes(1));
  expect(told([[1, news]], terminating, stored).messages).toEqual([]);
});

it('forgets a pause as version 0.1.0 has stored it, and nothing else', () => {
  const memory = { ...emptyMemory(START), reclaim: { ...emptyMemory(START).reclaim, ...spentAt(0, 3) } };
  const old = { role: 'app', database: 'shop', application: 'web', before: 40, until: minutes(5) };
  const stored = JSON.stringify({ ...memory, reclaim: { ...memory.reclaim, paused: [old] } });
  expect(parseMemory(stored, START).reclaim).toEqual(memory.reclaim);
});
