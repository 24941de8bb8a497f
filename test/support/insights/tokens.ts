import { ServiceError } from '../../../local/aws/wire.ts';

interface Token {
  readonly kind: 'name' | 'text' | 'number' | 'period' | 'regex' | 'sign' | 'end';
  readonly text: string;
}

const KINDS = [
  ['text', /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/],
  ['period', /\d+(?:ms|[smhdw])\b/],
  ['number', /\d+(?:\.\d+)?/],
  ['name', /@?[A-Za-z_]\w*(?:\.\w+)*/],
  ['sign', /[|,()[\]*+/%-]|!=|<=|>=|[=<>]/],
] as const;

const TOKEN = new RegExp(
  `\\s*(?:${KINDS.map(([kind, { source }]) => `(?<${kind}>${source})`).join('|')})`,
  'y',
);
const REGEX = /\s*\/(?<regex>(?:[^/\\]|\\.)+)\//y;

/** The tokens of a query, taken one after the other. */
export type Tokens = ReturnType<typeof tokensOf>;

/** @throws {ServiceError} for what the language, or the part of it that is understood here, does not have. */
export function tokensOf(query: string) {
  const tokens: Token[] = [];
  for (let from = 0; query.slice(from).trim() !== ''; ) {
    // A slash divides, except where only a regular expression is possible: after `like`, and after the field that is parsed.
    const isRegex = tokens.at(-1)?.text === 'like' || tokens.at(-2)?.text === 'parse';
    const pattern = isRegex ? REGEX : TOKEN;
    pattern.lastIndex = from;
    const found = pattern.exec(query)?.groups;
    if (found === undefined) throw malformed(`unexpected symbol found at line and position ${from}`);
    const [kind, text] = Object.entries(found).find(([, each]) => each !== undefined) ?? ['sign', ''];
    const unquoted = kind === 'text' ? text.slice(1, -1).replace(/\\(.)/g, '$1') : text;
    tokens.push({ kind: kind as Token['kind'], text: unquoted });
    from = pattern.lastIndex;
  }
  const end: Token = { kind: 'end', text: 'the end' };
  let at = 0;
  const peek = () => tokens[at] ?? end;
  const next = () => tokens[at++] ?? end;
  const skip = (text: string): boolean => {
    if (peek().kind === 'text' || peek().text !== text) return false;
    at += 1;
    return true;
  };
  return {
    get at() {
      return at;
    },
    peek,
    next,
    skip,
    expect: (text: string): void => {
      if (!skip(text)) throw malformed(`expected ${text}, found ${next().text}`);
    },
    expectEnd: (): void => {
      if (at < tokens.length) throw malformed(`expected |, found ${next().text}`);
    },
    list: <Item>(item: () => Item): Item[] => {
      const items = [item()];
      while (skip(',')) items.push(item());
      return items;
    },
    textSince: (from: number) =>
      tokens
        .slice(from, at)
        .map(({ text }) => text)
        .join(''),
  };
}

/** What CloudWatch Logs answers to a query that it does not understand. */
export function malformed(what: string): ServiceError {
  return new ServiceError('MalformedQueryException', what);
}
