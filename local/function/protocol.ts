/** Asks the worker for one run of the function. */
export interface RunRequest {
  readonly id: string;
  readonly event: unknown;
  /** Ms that the run may take. */
  readonly remaining: number;
  /** Environment variables that hold from this run on. */
  readonly variables: Readonly<Record<string, string>>;
}

/** What came of a run: what the function answered, or the name and message of what it threw. */
export type RunReply =
  | { readonly id: string; readonly answer: unknown }
  | { readonly id: string; readonly error: { readonly name: string; readonly message: string } };

/** Is this message of the worker the reply to a run? */
export function isReply(value: unknown): value is RunReply {
  return (
    typeof value === 'object' && value !== null && 'id' in value && ('answer' in value || 'error' in value)
  );
}
