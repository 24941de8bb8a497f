import { emptyMemory, type Memory } from '../model/memory.ts';
import { within } from '../shared/abort.ts';
import { toError } from '../shared/to-error.ts';
import { MemoryConflictError, type MemoryStore } from './store.ts';

/** A pure change of a memory. When another run has stored a newer memory in the meantime, it is applied again, to that one. */
export type MemoryChange = (memory: Memory) => Memory;

/** A change that only one run may make: null when the memory shows that another run has made it. */
export type MemoryClaim = (memory: Memory) => Memory | null;

/** What one run remembers of one database: loaded once, changed by each check, stored when it matters. */
export interface RunMemory {
  /** The memory as of the last change. */
  readonly memory: Memory;
  change(change: MemoryChange): void;
  /**
   * Stores what changed; with `unlessCalm` not where all is well, was so when last stored, and that is not long ago. A
   * failure is a fault of the guard's own work, told to `onFault`; the memory then lives on in
   * this process, and the next call tries again.
   */
  store(options?: { readonly unlessCalm: boolean }): Promise<void>;
  /**
   * Stores a change that only one run may make. When another run has stored a newer memory since we loaded, the claim is
   * made on that one, which may say that the other was first.
   * When the store cannot be reached, the claim is granted and the fault reported: the process remembers it.
   *
   * @throws {MemoryConflictError} when another run was first; the change is then undone, and the newer memory loaded.
   */
  claim(claim: MemoryClaim): Promise<void>;
}

/** The last memory of a database in this process, and what is stored of it. */
export interface KeptMemory {
  readonly memory: Memory;
  /** The stored version that it continues, and when that was, where all was well then. */
  readonly version: number;
  readonly calmAt: number | null;
}

/** What {@link loadRunMemory} works with. */
export interface RunMemoryParts {
  readonly store: MemoryStore;
  /** Outlives the run in this process: what is left when the store is out of reach. By `memoryKeyOf`. */
  readonly kept: Map<string, KeptMemory>;
  readonly now: () => number;
  readonly signal: AbortSignal;
  /** Told of each failure to load or store. */
  readonly onFault: (fault: Error) => void;
  /** Told when what was stored cannot be read. */
  readonly onProblem: (problem: string) => void;
}

/** After this many conflicts with other runs, storing is left to the next check. */
const MAX_CONFLICTS = 5;

/**
 * The longest that each may take, in ms, all conflicts included. The first claim of a run has what loading left of it: slots
 * are given back after two seconds at most, however slowly the store answers.
 */
const TIME = 2000;

/**
 * While all is well the memory is stored so often, in ms. A new process then lacks at most these minutes of the trend and of
 * the scores, which costs less than a write for each run of a fleet.
 */
const STORED_EVERY = 5 * 60_000;

/** For this long after a failure, in ms, a claim is granted at once, without waiting for the store. */
const FAILS_FOR = 10_000;

/** Loads what is known of a database. Never rejects: what the store does not give, the process may still know. */
export async function loadRunMemory(database: string, parts: RunMemoryParts): Promise<RunMemory> {
  const { kept, now, onFault, onProblem, signal } = parts;
  const before = kept.get(database);
  let memory = before?.memory ?? emptyMemory(now());
  let version = before?.version ?? 0;
  let calmAt = before?.calmAt ?? null;
  /** False after a failure or a conflict: what is stored must be loaded before anything can be stored. */
  let loaded = false;
  let unstored: MemoryChange[] = [];
  let failsUntil = 0;
  let claimWithin = TIME;

  async function load(limit: AbortSignal): Promise<void> {
    const stored = await parts.store.load(database, limit);
    limit.throwIfAborted(); // Too late: the process went on with what it knew.
    loaded = true;
    if (stored !== null && stored.problem !== null) onProblem(stored.problem);
    const storedVersion = stored?.version ?? 0;
    // The same version: nothing was stored since, so what this process went on to know is newer than what is stored.
    if (storedVersion === version && kept.has(database)) return;
    version = storedVersion;
    calmAt = stored?.memory ? calmSince(stored.memory) : null;
    memory = unstored.reduce((state, change) => change(state), stored?.memory ?? emptyMemory(now()));
    keep();
  }

  async function save(next: Memory, limit: AbortSignal): Promise<void> {
    const saved = await parts.store.save(database, next, version, limit);
    limit.throwIfAborted();
    version = saved;
    memory = next;
    calmAt = calmSince(next);
    unstored = [];
    keep();
  }

  /** Stores what `next` makes of the newest memory there is, and nothing when that is null. */
  async function saveNewest(next: MemoryClaim, limit: AbortSignal): Promise<boolean> {
    for (let conflicts = 0; ; conflicts += 1) {
      if (!loaded) await load(limit);
      const changed = next(memory);
      if (changed === null) return false;
      try {
        await save(changed, limit);
        return true;
      } catch (error) {
        loaded = false;
        if (!(error instanceof MemoryConflictError) || conflicts === MAX_CONFLICTS) throw error;
      }
    }
  }

  function keep(): void {
    kept.set(database, { memory, version, calmAt });
  }

  function fault(error: unknown): void {
    loaded = false;
    failsUntil = now() + FAILS_FOR;
    onFault(toError(error));
  }

  function change(next: MemoryChange): void {
    memory = next(memory);
    unstored.push(next);
    keep();
  }

  async function store({ unlessCalm } = { unlessCalm: false }): Promise<void> {
    const isFresh = calmAt !== null && now() - calmAt < STORED_EVERY && calmSince(memory) !== null;
    if (unstored.length === 0 || (unlessCalm && isFresh)) return;
    await within(TIME, signal, (limit) => saveNewest((latest) => latest, limit)).catch(fault);
  }

  async function claim(next: MemoryClaim): Promise<void> {
    if (!(await tryToClaim(next))) throw new MemoryConflictError(`another run was first with ${database}`);
  }

  async function tryToClaim(next: MemoryClaim): Promise<boolean> {
    if (now() >= failsUntil) {
      const limitMs = claimWithin;
      claimWithin = TIME;
      try {
        return await within(limitMs, signal, (limit) => saveNewest(next, limit));
      } catch (error) {
        fault(error);
      }
    }
    const stands = next(memory) !== null;
    if (stands) change((latest) => next(latest) ?? latest);
    return stands;
  }

  const began = now();
  await within(TIME, signal, load).catch(fault);
  claimWithin -= now() - began;
  return {
    get memory() {
      return memory;
    },
    change,
    store,
    claim,
  };
}

/** When the last check was, where it left nothing that another process would have to know; else null. */
function calmSince({
  at,
  level,
  incident,
  failing,
  partialSince,
  undelivered,
  budgets,
}: Memory): number | null {
  const isCalm = level === 'ok' && incident === null && failing === null && partialSince === null;
  return isCalm && undelivered.length === 0 && budgets.over.length === 0 ? at : null;
}
