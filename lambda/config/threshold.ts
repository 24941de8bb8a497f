import * as v from 'valibot';
import { strict } from './validation.ts';

const THRESHOLD_FORMS =
  'a whole number of slots from 1, ’NN%’ of the usable slots (1% to 100%), or ’NN left’';

/** Thresholds that fit any server; 100 of 150 is right for one and wrong for all others. */
export const DEFAULT_THRESHOLDS = { warning: '70%', critical: '85%' } as const;

/** A number of used slots (`100`), a share of the usable ones (`'70%'`), or what is left of them (`'20 left'`). */
export const threshold = v.union(
  [
    v.pipe(v.number(), v.integer(), v.minValue(1)),
    v.pipe(
      v.string(),
      v.regex(/^(?:100|[1-9]\d?)(?:\.\d+)?%$/),
      v.check((text) => Number.parseFloat(text) <= 100),
    ),
    v.pipe(v.string(), v.regex(/^\d{1,6} left$/)),
  ],
  THRESHOLD_FORMS,
);

/** A threshold as people write it: see {@link threshold}. */
export type Threshold = v.InferOutput<typeof threshold>;

/** A warning threshold and a critical one. */
export const thresholds = v.pipe(
  strict({ warning: threshold, critical: threshold }),
  v.check(
    ({ warning, critical }) => inOrder(warning, critical),
    'a warning threshold that is reached before the critical one',
  ),
);

/** Both thresholds of a database. */
export type Thresholds = v.InferOutput<typeof thresholds>;

/**
 * False when the second threshold is reached before the first, or with it. Thresholds of one form can be compared here;
 * of two forms only on the server, where usable is known: then true.
 */
export function inOrder(warning: Threshold, critical: Threshold): boolean {
  if (typeof warning === 'number' && typeof critical === 'number') return warning < critical;
  if (typeof warning !== 'string' || typeof critical !== 'string') return true;
  const [first, second] = [Number.parseFloat(warning), Number.parseFloat(critical)];
  if (warning.endsWith('%') && critical.endsWith('%')) return first < second;
  if (warning.endsWith(' left') && critical.endsWith(' left')) return first > second;
  return true;
}

/** How many slots must be used, at least, for `value` to be reached on a server with `usable` slots. */
export function thresholdSlots(value: Threshold, usable: number): number {
  if (typeof value === 'number') return value;
  const number = Number.parseFloat(value);
  return value.endsWith('%') ? Math.ceil((number * usable) / 100 - 1e-9) : Math.max(0, usable - number);
}
