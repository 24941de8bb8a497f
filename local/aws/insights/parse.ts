import { malformed, type Token, tokensOf } from './tokens.ts';

/** An expression. `star` stands in `count(*)`. */
export type Expression =
  | { readonly kind: 'value'; readonly value: string | number }
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'star' }
  | { readonly kind: 'period'; readonly text: string }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[] }
  | { readonly kind: 'in'; readonly what: Expression; readonly list: readonly Expression[] }
  | { readonly kind: 'like'; readonly what: Expression; readonly pattern: RegExp }
  | { readonly kind: 'not'; readonly what: Expression }
  | { readonly kind: 'binary'; readonly sign: string; readonly left: Expression; readonly right: Expression };

/** An expression and the name of its column. */
export interface Column {
  readonly expression: Expression;
  readonly name: string;
}

/** One command of a query. */
export type Command =
  | { readonly kind: 'fields' | 'display'; readonly columns: readonly Column[] }
  | { readonly kind: 'filter'; readonly condition: Expression }
  | { readonly kind: 'unnest'; readonly what: Expression; readonly name: string }
  | { readonly kind: 'parse'; readonly what: Expression; readonly pattern: RegExp }
  | { readonly kind: 'stats'; readonly columns: readonly Column[]; readonly by: readonly Column[] }
  | { readonly kind: 'sort'; readonly by: readonly { expression: Expression; descending: boolean }[] }
  | { readonly kind: 'limit'; readonly count: number };

/** How tightly each sign binds. */
const BINDING: Readonly<Record<string, number>> = {
  ...{ or: 1, and: 2, in: 4, not: 4, like: 4 },
  ...{ '=': 4, '!=': 4, '<': 4, '>': 4, '<=': 4, '>=': 4 },
  ...{ '+': 5, '-': 5, '*': 6, '/': 6, '%': 6 },
};

/**
 * The commands of a query, in order, of the part of Logs Insights QL that this project uses: fields, display, filter,
 * unnest, parse with a regular expression, stats, sort, limit (CloudWatch Logs user guide, "Query syntax").
 *
 * @throws {ServiceError} as CloudWatch Logs does, and for all of the language that is not understood here.
 */
export function parseQuery(query: string): Command[] {
  const tokens = tokensOf(query);
  let at = 0;
  const peek = (): Token | undefined => tokens[at];
  const next = (): Token => tokens[at++] ?? { kind: 'sign', text: 'the end' };
  const skip = (text: string): boolean => {
    if (peek()?.text !== text || peek()?.kind === 'text') return false;
    at += 1;
    return true;
  };
  const expect = (text: string): void => {
    if (!skip(text)) throw malformed(`expected ${text}, found ${next().text}`);
  };
  const listOf = <Item>(item: () => Item): Item[] => {
    const items = [item()];
    while (skip(',')) items.push(item());
    return items;
  };

  function primary(): Expression {
    const { kind, text } = next();
    if (kind === 'text') return { kind: 'value', value: text };
    if (kind === 'number') return { kind: 'value', value: Number(text) };
    if (kind === 'period') return { kind: 'period', text };
    if (text === '*') return { kind: 'star' };
    if (text === 'not') return { kind: 'not', what: expression(3) };
    if (text === '(') {
      const inner = expression();
      expect(')');
      return inner;
    }
    if (kind !== 'name') throw malformed(`unexpected ${text}`);
    if (!skip('(')) return { kind: 'field', name: text };
    const args = skip(')') ? [] : listOf(expression);
    if (tokens[at - 1]?.text !== ')') expect(')');
    return { kind: 'call', name: text, args };
  }

  function expression(least = 0): Expression {
    let left = primary();
    for (;;) {
      const binding = peek()?.kind === 'text' ? undefined : BINDING[peek()?.text ?? ''];
      if (binding === undefined || binding <= least) return left;
      left = continued(left, next().text, binding);
    }
  }

  function continued(left: Expression, sign: string, binding: number): Expression {
    if (sign === 'not') {
      expect('in');
      return { kind: 'not', what: continued(left, 'in', binding) };
    }
    if (sign === 'in') {
      expect('[');
      const list = listOf(expression);
      expect(']');
      return { kind: 'in', what: left, list };
    }
    if (sign === 'like') return { kind: 'like', what: left, pattern: regex() };
    return { kind: 'binary', sign, left, right: expression(binding) };
  }

  function regex(): RegExp {
    const { kind, text } = next();
    if (kind !== 'regex') throw malformed(`expected a regular expression, found ${text}`);
    return new RegExp(text);
  }

  function column(): Column {
    const from = at;
    const written = expression();
    const name = tokens
      .slice(from, at)
      .map(({ text }) => text)
      .join('');
    return { expression: written, name: skip('as') ? next().text : name };
  }

  function command(): Command {
    const { text } = next();
    switch (text) {
      case 'fields':
      case 'display':
        return { kind: text, columns: listOf(column) };
      case 'filter':
        return { kind: 'filter', condition: expression() };
      case 'unnest': {
        const what = expression();
        expect('into');
        return { kind: 'unnest', what, name: next().text };
      }
      case 'parse':
        return { kind: 'parse', what: primary(), pattern: regex() };
      case 'stats': {
        const columns = listOf(column);
        return { kind: 'stats', columns, by: skip('by') ? listOf(column) : [] };
      }
      case 'sort':
        return {
          kind: 'sort',
          by: listOf(() => {
            const by = expression();
            return { expression: by, descending: skip('desc') || (skip('asc') && false) };
          }),
        };
      case 'limit':
        return { kind: 'limit', count: Number(next().text) };
      default:
        throw malformed(`unknown command ${text}`);
    }
  }

  const commands = [command()];
  while (at < tokens.length) {
    expect('|');
    commands.push(command());
  }
  return commands;
}
