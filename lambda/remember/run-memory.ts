import { emptyMemory, type Memory } from '../model/memory.ts';
import { toError } from '../shared/to-error.ts';
import { MemoryConflictError, type MemoryStore } from './store.ts';

/** A pure change of a memory: applied again, to theirs, when somebody else stored a newer one in the meantime. */
export type MemoryChange = (memory: Memory) => Memory;

/** What one run remembers of one database: loaded once, changed by each check, stored when it matters. */
export interface RunMemory {
  /** The memory as of the last change. */
  readonly memory: Memory;
  change(change: MemoryChange): void;
  /**
   * Stores what changed. A failure is a fault of the guard's own work, told to `onFault`; the memory then lives on in
   * this process, and the next call tries again.
   */
  store(): Promise<void>;
  /**
   * Changes and stores the memory only if no newer one was stored since we loaded: for what must not happen twice.
   * When the store is out of reach the claim stands, with the fault told: the process remembers.
   *
   * @throws {MemoryConflictError} when there is a newer one; the change is then undone, and the newer one loaded.
   */
  claim(change: MemoryChange): Promise<void>;
}

/** The last memory of a database in this process, and the stored version that it continues. */
export interface KeptMemory {
  readonly memory: Memory;
  readonly version: number;
}

/** What {@link recollect} works with. */
export interface RunMemoryParts {
  readonly store: MemoryStore;
  /** Outlives the run in this process: what is left when the store is out of reach. By database name. */
  readonly kept: Map<string, KeptMemory>;
  readonly now: () => number;
  readonly signal: AbortSignal;
  /** Told of each failure to load or store. */
  readonly onFault: (fault: Error) => void;
  /** Told when what was stored cannot be read. */
  readonly onProblem: (problem: string) => void;
}

/** So often somebody else may come between load and store before it is left to the next check. */
const MAX_CONFLICTS = 5;

/** Loads what is known of a database. Never rejects: what the store does not give, the process may still know. */
export async function loadRunMemory(database: string, parts: RunMemoryParts): Promise<RunMemory> {
  const { kept, now, onFault, onProblem, signal } = parts;
  const before = kept.get(database);
  let memory = before?.memory ?? emptyMemory(now());
  let version = before?.version ?? 0;
  /** False after a failure or a conflict: what is stored must be loaded before anything can be stored. */
  let loaded = false;
  let unstored: MemoryChange[] = [];

  async function load(): Promise<void> {
    const stored = await parts.store.load(database, signal);
    loaded = true;
    if (stored !== null && stored.problem !== null) onProblem(stored.problem);
    const storedVersion = stored?.version ?? 0;
    // The same version: nothing was stored since, so what this process went on to know is newer than what is stored.
    if (storedVersion === version && kept.has(database)) return;
    version = storedVersion;
    memory = unstored.reduce((state, change) => change(state), stored?.memory ?? emptyMemory(now()));
    keep();
  }

  async function save(): Promise<void> {
    if (!loaded) await load();
    version = await parts.store.save(database, memory, version, signal);
    unstored = [];
    keep();
  }

  function keep(): void {
    kept.set(database, { memory, version });
  }

  function fault(error: unknown): void {
    loaded = false;
    onFault(toError(error));
  }

  function change(next: MemoryChange): void {
    memory = next(memory);
    unstored.push(next);
    keep();
  }

  async function store(): Promise<void> {
    for (let conflicts = 0; unstored.length > 0; conflicts += 1) {
      try {
        await save();
      } catch (error) {
        if (!(error instanceof MemoryConflictError) || conflicts === MAX_CONFLICTS) return fault(error);
        loaded = false;
      }
    }
  }

  async function claim(next: MemoryChange): Promise<void> {
    const unchanged = memory;
    change(next);
    try {
      await save();
    } catch (error) {
      if (!(error instanceof MemoryConflictError)) return fault(error);
      loaded = false;
      unstored.pop();
      memory = unchanged;
      keep();
      await reload();
      throw error;
    }
  }

  async function reload(): Promise<void> {
    try {
      await load();
    } catch (error) {
      fault(error);
    }
  }

  await reload();
  return {
    get memory() {
      return memory;
    },
    change,
    store,
    claim,
  };
}
