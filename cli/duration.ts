const UNITS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 };

/** How a duration may be written, for messages. */
export const DURATION_FORMS = 'a duration such as 30, 90s, 5m, 1h30m or 2d';

/** Reads a duration as people write it; a bare number is seconds. Returns seconds, or null when it is none. */
export function parseDuration(text: string): number | null {
  if (/^\d+(?:\.\d+)?$/.test(text)) return Number(text);
  if (!/^(?:\d+(?:\.\d+)?(?:ms|[smhd]))+$/.test(text)) return null;
  let sum = 0;
  let previous = Number.POSITIVE_INFINITY;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhd])/g)) {
    const size = UNITS[unit ?? ''] ?? Number.NaN;
    if (size >= previous) return null; // 30m1h, 5m5m: not how anybody writes a duration on purpose
    previous = size;
    sum += Number(amount) * size;
  }
  return sum;
}
