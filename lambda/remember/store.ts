import * as v from 'valibot';
import { type Memory, memory } from '../model/memory.ts';
import { GuardError } from '../shared/guard-error.ts';
import { toError } from '../shared/to-error.ts';

/** Thrown when what is stored is not a memory: another version of the guard wrote it, or somebody has edited it. */
export class MemoryFormatError extends GuardError {
  override readonly name = 'MemoryFormatError';
}

/** The moments in a memory that have passed when it is stored, by name; `warning` to `full` are those of `clearSince`. */
const PAST = new Set([
  'at',
  'since',
  'startedAt',
  'movedAt',
  'notifiedAt',
  'partialSince',
  'previousSince',
  'dueSince',
  'minute',
  'warning',
  'critical',
  'full',
  'clearSince',
  'nearFullAt',
]);

/**
 * Reads what a store returned. A moment that lies in the future was written by a clock that was wrong, and counts as
 * `now`: recovery and reminders must not wait until it has come.
 *
 * @throws {MemoryFormatError} naming the first entry that is wrong.
 */
export function parseMemory(text: string, now: number): Memory {
  const result = v.safeParse(memory, parseJson(text, now));
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new MemoryFormatError(`not a memory: ${v.getDotPath(issue) ?? 'all of it'}: ${issue.message}`);
}

function parseJson(text: string, now: number): unknown {
  try {
    return JSON.parse(text, (name, value: unknown) =>
      typeof value === 'number' && PAST.has(name) ? Math.min(value, now) : value,
    );
  } catch (error) {
    throw new MemoryFormatError(`not a memory: ${toError(error).message}`, { cause: error });
  }
}

/**
 * A memory together with the version that the store knows it by; 0: nothing stored yet. What another version of the
 * guard stored and this one cannot read is no memory, but its version is known (so that it can be overwritten) and
 * `problem` says what is wrong with it, in one line for the log.
 */
export type StoredMemory =
  | { readonly memory: Memory; readonly version: number; readonly problem: null }
  | { readonly memory: null; readonly version: number; readonly problem: string };

/** Thrown when somebody else stored a newer version in the meantime: load again, assess again. */
export class MemoryConflictError extends GuardError {
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
