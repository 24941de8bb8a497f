/** Prints one row of the benchmark: what was measured, the figures, and the budget they are held against. */
export function row(what: string, figures: string, budget: string): void {
  console.log(`${what.padEnd(72)} ${figures.padEnd(38)} ${budget}`.trimEnd());
}

/** `12.3 ms`. */
export function milliseconds(ms: number, decimals = 1): string {
  return `${ms.toFixed(decimals)} ms`;
}

/** Two medians and the ratio between them, as {@link row} shows them. */
export function pairOf({ a, b, ratio }: { a: number; b: number; ratio: number }, decimals = 1): string {
  return `${milliseconds(a, decimals)}, ${milliseconds(b, decimals)}, ${ratio.toFixed(2)}x`;
}
