/** Two words are near when at most this share of the longer one has to change. */
const NEAR = 0.4;

/**
 * The candidate that somebody who wrote `word` most likely meant, or null when none is near: by the fewest letters to
 * change, add, drop or swap, with a word that was cut short (`--idle` for `--idle-for`) counted as near.
 */
export function nearest(word: string, candidates: readonly string[]): string | null {
  let best: { readonly candidate: string; readonly cost: number } | null = null;
  for (const candidate of candidates) {
    const cutShort = word.length >= 3 && candidate.startsWith(word);
    const cost = cutShort ? 0.5 : distance(word.toLowerCase(), candidate);
    const near = cutShort || cost <= Math.max(1, NEAR * Math.max(word.length, candidate.length));
    if (near && (best === null || cost < best.cost)) best = { candidate, cost };
  }
  return best?.candidate ?? null;
}

/** Optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours cost 1 each. */
function distance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1);
      }
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
