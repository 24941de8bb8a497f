import { ServiceError } from '../wire.ts';

/** A word, text, number, duration, regular expression or sign of a query. */
export interface Token {
  readonly kind: 'name' | 'text' | 'number' | 'period' | 'regex' | 'sign';
  readonly text: string;
}

const KINDS = [
  ['text', /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/],
  ['period', /\d+(?:ms|mo|[smhdw])\b/],
  ['number', /\d+(?:\.\d+)?/],
  ['name', /@?[A-Za-z_]\w*(?:\.\w+)*/],
  ['sign', /[|,()[\]*+/%-]|!=|<=|>=|[=<>]/],
] as const;

const PATTERN = new RegExp(
  `\\s*(?:${KINDS.map(([kind, { source }]) => `(?<${kind}>${source})`).join('|')})`,
  'y',
);

const REGEX = /\s*\/((?:[^/\\]|\\.)+)\//y;

/**
 * The tokens of a Logs Insights query.
 *
 * @throws {ServiceError} for what the language, or the part of it that is understood here, does not have.
 */
export function tokensOf(query: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (query.slice(at).trim() !== '') {
    const before = tokens.at(-1);
    // A slash divides, except where only a regular expression can stand: after `like`, and after the field that is parsed.
    const isRegex = before?.text === 'like' || tokens.at(-2)?.text === 'parse';
    const pattern = isRegex ? REGEX : PATTERN;
    pattern.lastIndex = at;
    const match = pattern.exec(query);
    if (match === null) throw malformed(`unexpected symbol found at line and position ${at}`);
    tokens.push(isRegex ? { kind: 'regex', text: match[1] ?? '' } : tokenOf(match.groups ?? {}));
    at = pattern.lastIndex;
  }
  return tokens;
}

function tokenOf(groups: Readonly<Record<string, string | undefined>>): Token {
  const kind = KINDS.map(([each]) => each).find((each) => groups[each] !== undefined) ?? 'sign';
  const text = groups[kind] ?? '';
  return { kind, text: kind === 'text' ? text.slice(1, -1).replace(/\\(.)/g, '$1') : text };
}

/** What CloudWatch Logs answers to a query that it does not understand. */
export function malformed(what: string): ServiceError {
  return new ServiceError('MalformedQueryException', what);
}
