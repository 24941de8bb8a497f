import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { emptyMemory, type Memory } from '../../../lambda/model/memory.ts';
import {
  type KeptMemory,
  loadRunMemory,
  type MemoryChange,
  type RunMemory,
} from '../../../lambda/remember/run-memory.ts';
import { MemoryConflictError, type MemoryStore } from '../../../lambda/remember/store.ts';

const NOW = 1_700_000_000_000;

/** The rules of the real store, without the wire: a version that must match, and an outage at will. */
class Shelf implements MemoryStore {
  item: { memory: Memory; version: number } | null = null;
  down = false;
  saves = 0;

  async load() {
    if (this.down) throw new Error('the store is down');
    return this.item === null ? null : { ...this.item, problem: null };
  }

  async save(_database: string, memory: Memory, version: number) {
    if (this.down) throw new Error('the store is down');
    if (version !== (this.item?.version ?? 0)) throw new MemoryConflictError('somebody else was faster');
    this.saves += 1;
    this.item = { memory, version: version + 1 };
    return version + 1;
  }
}

let shelf: Shelf;
let kept: Map<string, KeptMemory>;
let faults: Error[];

beforeEach(() => {
  shelf = new Shelf();
  kept = new Map();
  faults = [];
});

function remembering(process = kept, store: MemoryStore = shelf, now = () => NOW) {
  return loadRunMemory('orders', {
    store,
    kept: process,
    now,
    signal: new AbortController().signal,
    onFault: (fault) => faults.push(fault),
    onProblem: () => {},
  });
}

const noting =
  (at: number): MemoryChange =>
  (memory) => ({ ...memory, recent: [...memory.recent, { at, used: 1, usable: 10 }] });
const times = (memory: Memory | undefined) => memory?.recent.map(({ at }) => at);

describe('what a run remembers', () => {
  it('begins with nothing for a database that was never checked', async () => {
    expect((await remembering()).memory).toEqual(emptyMemory(NOW));
  });

  it('is found again by a new process once it is stored', async () => {
    const first = await remembering();
    first.change(noting(1));
    await first.store();
    expect(times((await remembering(new Map())).memory)).toEqual([1]);
  });

  it('is not written when nothing changed', async () => {
    await (await remembering()).store();
    expect(shelf.saves).toBe(0);
  });

  it('is stored at the end of a run while all is well only every five minutes, and goes on in this process', async () => {
    let now = NOW;
    const run = async (change: MemoryChange) => {
      const memory = await remembering(kept, shelf, () => now);
      memory.change((before) => change({ ...before, at: now }));
      await memory.store({ unlessCalm: true });
      now += 60_000;
      return shelf.saves;
    };
    const saves = [];
    for (let minute = 0; minute < 7; minute += 1) saves.push(await run(noting(minute)));
    expect(saves).toEqual([1, 1, 1, 1, 1, 2, 2]);
    expect(times(kept.get('orders')?.memory)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it('is stored at the end of every run that is not calm, and of the first that is calm again', async () => {
    let now = NOW;
    const run = async (level: Memory['level']) => {
      const memory = await remembering(kept, shelf, () => now);
      memory.change((before) => ({ ...before, at: now, level }));
      await memory.store({ unlessCalm: true });
      now += 60_000;
      return shelf.saves;
    };
    const saves = [];
    for (const level of ['ok', 'ok', 'warning', 'warning', 'ok', 'ok'] as const) saves.push(await run(level));
    expect(saves).toEqual([1, 1, 2, 3, 4, 4]);
  });

  it('adds itself to what another run stored in the meantime: neither is lost', async () => {
    const ours = await remembering();
    const theirs = await remembering(new Map());
    theirs.change(noting(1));
    await theirs.store();
    ours.change(noting(2));
    await ours.store();
    expect(times(shelf.item?.memory)).toEqual([1, 2]);
    expect(faults).toEqual([]);
  });

  it('lives on in the process while the store is down, with a fault each time', async () => {
    shelf.down = true;
    const first = await remembering();
    first.change(noting(1));
    await first.store();
    expect(faults.map(({ message }) => message)).toEqual(['the store is down', 'the store is down']);
    expect(times((await remembering()).memory)).toEqual([1]);
  });

  it('is stored when the store is back, with all that happened while it was down', async () => {
    const before = await remembering();
    before.change(noting(1));
    await before.store();
    shelf.down = true;
    const during = await remembering();
    during.change(noting(2));
    await during.store();
    shelf.down = false;
    const after = await remembering();
    after.change(noting(3));
    await after.store();
    expect(times(shelf.item?.memory)).toEqual([1, 2, 3]);
  });

  it('gives way to a newer one that another process stored while the store was out of our reach', async () => {
    shelf.down = true;
    const ours = await remembering();
    ours.change(noting(1));
    await ours.store();
    shelf.down = false;
    const theirs = await remembering(new Map());
    theirs.change(noting(2));
    await theirs.store();
    expect(times((await remembering()).memory)).toEqual([2]);
  });

  it('starts anew when what is stored cannot be read, says so, and overwrites it', async () => {
    const problems: string[] = [];
    const store: MemoryStore = {
      load: async () => ({ memory: null, version: 4, problem: 'no level in it' }),
      save: async (_database, _memory, version) => version + 1,
    };
    const unreadable = await loadRunMemory('orders', {
      store,
      kept,
      now: () => NOW,
      signal: new AbortController().signal,
      onFault: (fault) => faults.push(fault),
      onProblem: (problem) => problems.push(problem),
    });
    expect(unreadable.memory).toEqual(emptyMemory(NOW));
    unreadable.change(noting(1));
    await unreadable.store();
    expect({ problems, faults, version: kept.get('orders')?.version }).toEqual({
      problems: ['no level in it'],
      faults: [],
      version: 5,
    });
  });
});

describe('a claim', () => {
  /** Only one run may note something, whichever comes first. */
  const once =
    (at: number) =>
    (memory: Memory): Memory | null =>
      memory.recent.length > 0 ? null : noting(at)(memory);

  it('is refused when another run was first, and leaves no trace', async () => {
    const ours = await remembering();
    const theirs = await remembering(new Map());
    await theirs.claim(once(1));
    await expect(ours.claim(once(2))).rejects.toThrow(MemoryConflictError);
    ours.change(noting(3));
    await ours.store();
    expect(times(shelf.item?.memory)).toEqual([1, 3]);
  });

  it('is made on what another run stored meanwhile, when that does not forestall it', async () => {
    const ours = await remembering();
    const theirs = await remembering(new Map());
    theirs.change((memory) => ({ ...memory, level: 'critical' }));
    await theirs.store();
    await ours.claim(once(2));
    expect(shelf.item?.memory).toMatchObject({ level: 'critical', recent: [{ at: 2 }] });
  });

  it('is granted when the store cannot be reached: the process remembers it', async () => {
    const ours = await remembering();
    shelf.down = true;
    await ours.claim(once(1));
    expect(faults).toHaveLength(1);
    expect(times((await remembering()).memory)).toEqual([1]);
    await expect(ours.claim(once(2))).rejects.toThrow(MemoryConflictError);
  });
});

describe('a store that does not answer', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const after = <Value>(ms: number, value: Value) =>
    new Promise<Value>((resolve) => {
      setTimeout(resolve, ms, value);
    });
  const silent: MemoryStore = { load: () => new Promise(() => {}), save: () => new Promise(() => {}) };
  const load = (store: MemoryStore) =>
    loadRunMemory('orders', {
      store,
      kept,
      now: Date.now,
      signal: new AbortController().signal,
      onFault: (fault) => faults.push(fault),
      onProblem: () => {},
    });
  /** How many ms the work takes, by the clock that the timers go by. */
  async function taken(work: () => Promise<unknown>): Promise<number> {
    const began = Date.now();
    const done = work().then(() => Date.now());
    await vi.runAllTimersAsync();
    return (await done) - began;
  }

  it('holds up loading and claiming by two seconds together, and then the process remembers', async () => {
    let ours: RunMemory | undefined;
    const took = await taken(async () => {
      ours = await load(silent);
      await ours.claim(noting(1));
    });
    expect(took).toBe(2_000);
    expect(faults.map(({ name }) => name)).toEqual(['DeadlineError']);
    expect(times(ours?.memory)).toEqual([1]);
  });

  it('but loads slowly leaves the rest of the two seconds to the first claim, and has two for each later one', async () => {
    let ours: RunMemory | undefined;
    const took = await taken(async () => {
      ours = await load({ ...silent, load: () => after(1_900, null) });
      await ours.claim(noting(1));
    });
    expect(took).toBe(2_000);
    vi.setSystemTime(Date.now() + 10_000);
    expect(await taken(async () => ours?.claim(noting(2)))).toBe(2_000);
    expect(faults.map(({ name }) => name)).toEqual(['DeadlineError', 'DeadlineError']);
    expect(times(ours?.memory)).toEqual([1, 2]);
  });

  it('changes nothing any more with an answer that comes too late', async () => {
    const tooLate = { memory: noting(2)(emptyMemory(NOW)), version: 7, problem: null };
    let ours: RunMemory | undefined;
    await taken(async () => {
      ours = await load({ ...silent, load: () => after(2_100, tooLate) });
      ours.change(noting(1));
    });
    expect(times(ours?.memory)).toEqual([1]);
  });
});
