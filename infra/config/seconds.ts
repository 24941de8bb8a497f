/** Seconds: a number, or anything that knows them, such as CDK's `Duration`. */
export type Seconds = number | { toSeconds(): number };

/** `input` with plain seconds in place of everything that knows them, as the schema wants it. */
export function inSeconds(input: unknown): unknown {
  if (Array.isArray(input)) return input.map(inSeconds);
  if (typeof input !== 'object' || input === null) return input;
  if ('toSeconds' in input && typeof input.toSeconds === 'function') return input.toSeconds();
  const prototype: unknown = Object.getPrototypeOf(input);
  if (prototype !== Object.prototype && prototype !== null) return input;
  return Object.fromEntries(Object.entries(input).map(([key, value]) => [key, inSeconds(value)]));
}
