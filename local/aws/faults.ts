/**
 * What goes wrong on the wire:
 * - `throttle`: the service's own throttling error
 * - `deny`: the caller has no right to it
 * - `server-error`: HTTP 500
 * - `hang`: the request is read and never answered
 * - `reset`: the connection is cut before anything is done
 * - `lose-reply`: the request is carried out, then the connection is cut before the answer
 * - `stall`: the request is carried out, the headers are answered, the body never
 * - `drip`: the same, with a space of the body each half second, without end
 * - `lie`: the request is carried out, and the answer is a page that no service sends
 */
export type FaultKind =
  | 'throttle'
  | 'deny'
  | 'server-error'
  | 'hang'
  | 'reset'
  | 'lose-reply'
  | 'stall'
  | 'drip'
  | 'lie';

/** A fault to play for matching calls. */
export interface Fault {
  readonly kind: FaultKind;
  /** The IAM prefix: `cloudwatch`, `sns`, `secretsmanager`, `dynamodb`, `rds`, `scheduler`, `logs`. */
  readonly service: string;
  /** Only for this action; all of the service's when left out. */
  readonly action?: string;
  /** For so many calls; until lifted when left out. */
  readonly times?: number;
}

/** The faults that are set at the moment. */
export interface Faults {
  /** Sets a fault and returns the function that lifts it. */
  set(fault: Fault): () => void;
  /** The fault to play for this call, the oldest first; null when none is set. Counts it as played. */
  next(service: string, action: string): FaultKind | null;
}

/** No faults at first. */
export function createFaults(): Faults {
  const active = new Map<Fault, number>();
  return {
    set: (fault) => {
      active.set(fault, fault.times ?? Number.POSITIVE_INFINITY);
      return () => active.delete(fault);
    },
    next: (service, action) => {
      for (const [fault, left] of active) {
        if (fault.service !== service || (fault.action ?? action) !== action) continue;
        if (left > 1) active.set(fault, left - 1);
        else active.delete(fault);
        return fault.kind;
      }
      return null;
    },
  };
}
