import * as v from 'valibot';
import { strict } from './validation.ts';

const THRESHOLD_FORMS =
  'a whole number of slots from 1, ’NN%’ of the usable slots (1% to 100%), or ’NN left’';

/** Thresholds that fit any server; 100 of 150 is right for one and wrong for all others. */
export const DEFAULT_THRESHOLDS = { warning: '70%', critical: '85%' } as const;

/** A number of used slots (`100`), a share of the usable ones (`'70%'`), or what is left of them (`'20 left'`). */
export const threshold = v.pipe(
  v.union([v.number(), v.string()], THRESHOLD_FORMS),
  v.check(isThreshold, ({ input }) => `${meant(input)}${THRESHOLD_FORMS}`),
);

function isThreshold(value: number | string): boolean {
  if (typeof value === 'number') return Number.isInteger(value) && value >= 1;
  const isShare = /^(?:100|[1-9]\d?)(?:\.\d+)?%$/.test(value) && Number.parseFloat(value) <= 100;
  return isShare || /^\d{1,6} left$/.test(value);
}

/** What somebody probably meant who wrote a share without its sign. */
function meant(input: unknown): string {
  const share = typeof input === 'number' ? input : typeof input === 'string' ? Number(input) : Number.NaN;
  if (share > 0 && share < 1) return `’${Number((share * 100).toPrecision(6))}%’, if a share is meant: `;
  return typeof input === 'string' && share >= 1 ? `${share} or ’${share}%’: ` : '';
}

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

/** A threshold, parsed: so many used slots, percent of the usable ones, or slots left of them. */
export interface ParsedThreshold {
  readonly kind: 'slots' | 'percent' | 'left';
  readonly value: number;
}

/** The one place that reads the three forms. */
export function parseThreshold(threshold: Threshold): ParsedThreshold {
  if (typeof threshold === 'number') return { kind: 'slots', value: threshold };
  return { kind: threshold.endsWith('%') ? 'percent' : 'left', value: Number.parseFloat(threshold) };
}

/**
 * False when the second threshold is reached before the first, or with it. Thresholds of one form can be compared here;
 * of two forms only on the server, where usable is known: then true.
 */
export function inOrder(warning: Threshold, critical: Threshold): boolean {
  const [first, second] = [parseThreshold(warning), parseThreshold(critical)];
  if (first.kind !== second.kind) return true;
  return first.kind === 'left' ? first.value > second.value : first.value < second.value;
}

/** How many slots must be used, at least, for `threshold` to be reached on a server with `usable` slots. */
export function thresholdSlots(threshold: Threshold, usable: number): number {
  const { kind, value } = parseThreshold(threshold);
  if (kind === 'slots') return value;
  return kind === 'percent' ? Math.ceil((value * usable) / 100 - 1e-9) : Math.max(0, usable - value);
}
