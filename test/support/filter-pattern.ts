/**
 * What CloudWatch Logs does with a pattern of optional terms, `?"one text" ?"another"`: a line matches that holds any
 * of the texts, in the case given (user guide, "Filter pattern syntax"). Other patterns are not known here.
 */
export function matcherOf(pattern: string): (line: string) => boolean {
  const terms = [...pattern.matchAll(/\?"([^"]+)"/g)].map(([, text = '']) => text);
  if (terms.length === 0 || pattern.replace(/\?"[^"]+"/g, '').trim() !== '')
    throw new Error(`not a pattern of optional terms: ${pattern}`);
  return (line) => terms.some((text) => line.includes(text));
}
