/** Asks the worker for one run of the function. */
export interface RunRequest {
  readonly id: string;
  readonly event: unknown;
  /** Ms that the run may take. */
  readonly remaining: number;
}

/** What came of it; `error` is the message of what the function threw. */
export interface RunReply {
  readonly id: string;
  readonly error: string | null;
}

/** A function as Lambda calls it. */
type Handler = (event: unknown, context: object) => unknown;

/** What a bundle exports as `handler`; null when that is no function. */
export function handlerOf(bundle: unknown): Handler | null {
  if (typeof bundle !== 'object' || bundle === null || !('handler' in bundle)) return null;
  return isFunction(bundle.handler) ? bundle.handler : null;
}

function isFunction(value: unknown): value is Handler {
  return typeof value === 'function';
}

export function isReply(value: unknown): value is RunReply {
  return typeof value === 'object' && value !== null && 'id' in value && 'error' in value;
}
