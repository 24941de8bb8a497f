import { GuardError } from './guard-error.ts';

/** Settles as `promise` does, or rejects with the signal's reason when that aborts first. */
export async function orAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  let abort = () => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** A signal that aborts when time is up. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** Takes the timer and the listeners back. */
  clear(this: void): void;
}

/** The reason of a {@link deadline} whose time is up. */
export class DeadlineError extends GuardError {
  override readonly name = 'DeadlineError';
}

/**
 * A deadline in `ms` milliseconds, or as soon as one of `signals` aborts. Unlike `AbortSignal.any` and `AbortSignal.timeout` together, it keeps nothing alive once it is cleared, and in no
 * version of Node can it be garbage-collected before it fires (nodejs/node issue 54614).
 */
export function deadline(ms: number, signals: readonly AbortSignal[]): Deadline {
  const controller = new AbortController();
  const expire = () => controller.abort(new DeadlineError(`no whole answer within ${ms / 1000} s`));
  const timer = setTimeout(expire, Math.max(0, ms));
  const follow = signals.map((signal) => ({ signal, abort: () => controller.abort(signal.reason) }));
  for (const { signal, abort } of follow) {
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
  }
  return {
    signal: controller.signal,
    clear: () => {
      clearTimeout(timer);
      for (const { signal, abort } of follow) signal.removeEventListener('abort', abort);
    },
  };
}

/**
 * Does `work` and settles in `ms` milliseconds at most, or as soon as `signal` aborts, whatever `work` does then. For
 * calls to AWS: the SDK's own time limits end when the headers of an answer have come, and its body may stall after that.
 *
 * @throws {DeadlineError} when time was up.
 */
export async function within<Value>(
  ms: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  const limit = deadline(ms, [signal]);
  try {
    return await orAborted(work(limit.signal), limit.signal);
  } finally {
    limit.clear();
  }
}

/** A signal that aborts in `ms` milliseconds: at once when that is past. */
export function timeoutSignal(ms: number): AbortSignal {
  return AbortSignal.timeout(Math.max(0, Math.floor(ms)));
}
