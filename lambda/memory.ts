import type { Level } from './level.ts';

/** One reading kept for the trend. */
export interface RecentSample {
  /** Ms since the epoch. */
  readonly at: number;
  readonly used: number;
  readonly usable: number;
}

/** What the next check of a database needs to know of earlier ones. Plain JSON. */
export interface Memory {
  readonly level: Level;
  /** When that level was entered, ms since the epoch. */
  readonly since: number;
  /** Readings of the last half hour, oldest first, thinned so that the whole stays small. */
  readonly recent: readonly RecentSample[];
}

/** The memory of a database that was never checked. */
export function emptyMemory(now: number): Memory {
  return { level: 'ok', since: now, recent: [] };
}

/**
 * A memory together with the version that the store knows it by; 0: nothing stored yet. What another version of the
 * guard stored and this one cannot read is no memory, but its version stands (so that it can be overwritten) and
 * `problem` says what is wrong with it, in one line for the log.
 */
export type StoredMemory =
  | { readonly memory: Memory; readonly version: number; readonly problem: null }
  | { readonly memory: null; readonly version: number; readonly problem: string };

/** Thrown when somebody else stored a newer version in the meantime: load again, assess again. */
export class MemoryConflictError extends Error {
  override readonly name = 'MemoryConflictError';
}

/** Where memories are kept between runs. */
export interface MemoryStore {
  /** The stored memory of a database, or null when there is none. */
  load(database: string, signal: AbortSignal): Promise<StoredMemory | null>;
  /**
   * Stores `memory` if the stored version is still `version`.
   *
   * @returns the new version.
   * @throws {MemoryConflictError} when it is not.
   */
  save(database: string, memory: Memory, version: number, signal: AbortSignal): Promise<number>;
}
