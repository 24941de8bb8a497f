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

/**
 * A deadline in `ms` milliseconds, or as soon as one of `signals` aborts. Unlike `AbortSignal.any` and `AbortSignal.timeout` together, it keeps nothing alive once it is cleared, and in no
 * version of Node can it be garbage-collected before it fires (nodejs/node issue 54614).
 */
export function deadline(ms: number, signals: readonly AbortSignal[]): Deadline {
  const controller = new AbortController();
  const abort = () => controller.abort();
  const timer = setTimeout(abort, ms);
  for (const signal of signals) {
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
  }
  return {
    signal: controller.signal,
    clear: () => {
      clearTimeout(timer);
      for (const signal of signals) signal.removeEventListener('abort', abort);
    },
  };
}

/** A signal that aborts in `ms` milliseconds: at once when that is past. */
export function timeoutSignal(ms: number): AbortSignal {
  return AbortSignal.timeout(Math.max(0, Math.floor(ms)));
}
