/** The middle of some numbers. @throws {Error} of none. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (middle === undefined) throw new Error('no numbers, no median');
  return middle;
}

/** Two things measured in turn. */
export interface Pair {
  readonly a: number;
  readonly b: number;
  /** The median of a/b, pair by pair: what a machine that speeds up and slows down disturbs least. */
  readonly ratio: number;
}

/** Measures two things in turn, A B A B, so that both meet the same machine. Medians of `times`, after a warm-up. */
export async function inTurn(
  times: number,
  a: () => Promise<number>,
  b: () => Promise<number>,
): Promise<Pair> {
  for (let warmUp = 0; warmUp < 3; warmUp += 1) {
    await a();
    await b();
  }
  const pairs: { a: number; b: number }[] = [];
  for (let turn = 0; turn < times; turn += 1) pairs.push({ a: await a(), b: await b() });
  return {
    a: median(pairs.map((pair) => pair.a)),
    b: median(pairs.map((pair) => pair.b)),
    ratio: median(pairs.map((pair) => pair.a / pair.b)),
  };
}
