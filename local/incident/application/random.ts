import type { Range } from './scenario.ts';

/** A stream of numbers in [0, 1). */
export type Random = () => number;

/**
 * Numbers that are the same each time for the same `key`, so that every policy meets the same application.
 * FNV-1a turns the key into a seed; the generator is Mulberry32 (both public domain).
 */
export function randomFrom(key: string): Random {
  let state = 0x811c9dc5;
  for (let index = 0; index < key.length; index++) {
    state = Math.imul(state ^ key.charCodeAt(index), 0x01000193);
  }
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A number in the range, all equally likely. */
export function between([from, to]: Range, random: Random): number {
  return from + (to - from) * random();
}

/** The gap to the next of events that come independently of each other, `perSecond` on average; in seconds. */
export function gap(perSecond: number, random: Random): number {
  return -Math.log(1 - random()) / perSecond;
}
