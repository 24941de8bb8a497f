import * as v from 'valibot';

// What everything that is stored is made of.

/** What a `Date` can hold lies within so many ms of the epoch (ECMAScript, "Time Values"). */
const DATE_ENDS = 8.64e15;

/** A moment, ms since the epoch. */
export const time = v.pipe(v.number(), v.minValue(-DATE_ENDS), v.maxValue(DATE_ENDS));

/** A number of something. */
export const count = v.pipe(v.number(), v.integer(), v.minValue(0));

/** Seconds, where the server says. */
export const age = v.nullable(v.pipe(v.number(), v.finite()));

/** Any number of these. */
export const list = <Item extends v.GenericSchema>(item: Item) => v.pipe(v.array(item), v.readonly());
