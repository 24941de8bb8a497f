import type { Memory } from '../model/memory.ts';
import { MemoryConflictError, type MemoryStore } from '../remember/store.ts';
import { GuardError } from '../shared/guard-error.ts';

/** So often the guard may store a newer memory between our load and our save. */
const MAX_CONFLICTS = 10;

/**
 * Changes what the guard remembers of a database, under the version condition: a guard that is at work on it meets the
 * newer version, and goes on from there.
 *
 * @param change a pure change; null when there is nothing to change. Made again when the guard was first.
 * @returns the memory, and whether it was changed.
 * @throws {GuardError} when the guard has stored none yet that can be read.
 */
export async function changeMemory(
  store: MemoryStore,
  database: string,
  change: (memory: Memory) => Memory | null,
  signal: AbortSignal,
): Promise<{ readonly memory: Memory; readonly changed: boolean }> {
  for (let conflicts = 0; ; conflicts += 1) {
    const stored = await store.load(database, signal);
    if (stored?.memory == null)
      throw new GuardError(`the guard has not stored a check of ${database} yet: ask again in a minute`);
    const next = change(stored.memory);
    if (next === null) return { memory: stored.memory, changed: false };
    try {
      await store.save(database, next, stored.version, signal);
      return { memory: next, changed: true };
    } catch (error) {
      if (!(error instanceof MemoryConflictError) || conflicts === MAX_CONFLICTS) throw error;
    }
  }
}
