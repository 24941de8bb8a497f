import { isObject, tryParse } from '../../../local/aws/wire.ts';
import { malformed, type Tokens } from './tokens.ts';

/** What a row has by name: discovered fields, and what commands add. */
export type Row = ReadonlyMap<string, unknown>;

/** The value of an expression in a row; in a column of `stats` that of a group, where `row` has the columns before it. */
export type Expression = (row: Row, group?: readonly Row[]) => unknown;

/** A value as a result shows it; nothing is an empty text. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

const PERIODS: Readonly<Record<string, number>> = { ms: 1, s: 1e3, m: 6e4, h: 36e5, d: 864e5, w: 6048e5 };

const SCALARS: Readonly<Record<string, (values: readonly unknown[], row: Row) => unknown>> = {
  ispresent: ([value]) => value !== undefined,
  coalesce: (values) => values.find((value) => value !== undefined && value !== null),
  jsonParse: ([value]) => tryParse(textOf(value)),
  bin: ([period], row) => Math.floor(Number(row.get('@timestamp')) / Number(period)) * Number(period),
};

const numbersOf = (values: readonly unknown[]) => values.map(Number);

/** Of the values that are present, in the order of time. */
const AGGREGATES: Readonly<Record<string, (values: readonly unknown[]) => unknown>> = {
  count: (values) => values.length,
  count_distinct: (values) => new Set(values.map(textOf)).size,
  sum: (values) => numbersOf(values).reduce((sum, value) => sum + value, 0),
  max: (values) => (values.length === 0 ? undefined : Math.max(...numbersOf(values))),
  min: (values) => (values.length === 0 ? undefined : Math.min(...numbersOf(values))),
  earliest: (values) => values[0],
  latest: (values) => values.at(-1),
};

/** Of two numbers; nothing where one of them is missing. */
const numeric = (of: (a: number, b: number) => unknown) => (a: unknown, b: unknown) =>
  a === undefined || b === undefined ? undefined : of(Number(a), Number(b));

/** How tightly each sign between two values binds, and what it makes of them. */
const SIGNS: Readonly<Record<string, readonly [number, (a: unknown, b: unknown) => unknown]>> = {
  or: [1, (a, b) => Boolean(a) || Boolean(b)],
  and: [2, (a, b) => Boolean(a) && Boolean(b)],
  '=': [4, (a, b) => a !== undefined && textOf(a) === textOf(b)],
  '!=': [4, (a, b) => textOf(a) !== textOf(b)],
  '<': [4, numeric((a, b) => a < b)],
  '>': [4, numeric((a, b) => a > b)],
  '<=': [4, numeric((a, b) => a <= b)],
  '>=': [4, numeric((a, b) => a >= b)],
  '+': [5, numeric((a, b) => a + b)],
  '-': [5, numeric((a, b) => a - b)],
  '*': [6, numeric((a, b) => a * b)],
  '/': [6, numeric((a, b) => a / b)],
  '%': [6, numeric((a, b) => a % b)],
};

/** `in`, `not in` and `like` bind as comparisons do, `not` before a value a little less. */
const COMPARES = 4;

/** Reads expressions off the tokens of a query. */
export function expressionsIn(tokens: Tokens) {
  const { peek, next, skip, expect, list } = tokens;

  function primary(): Expression {
    const { kind, text } = next();
    if (kind === 'text') return () => text;
    if (kind === 'number') return () => Number(text);
    if (kind === 'period') return () => Number.parseInt(text, 10) * (PERIODS[text.replace(/\d+/, '')] ?? 0);
    if (text === '*') return () => true;
    if (text === 'not') {
      const what = expression(COMPARES - 1);
      return (...of) => !what(...of);
    }
    if (text === '(') {
      const inner = expression();
      expect(')');
      return inner;
    }
    if (kind !== 'name') throw malformed(`unexpected ${text}`);
    return skip('(') ? call(text) : (row) => fieldOf(row, text);
  }

  function call(name: string): Expression {
    const args = list(() => expression());
    expect(')');
    const [scalar, aggregate] = [SCALARS[name], AGGREGATES[name]];
    if (scalar === undefined && aggregate === undefined) throw malformed(`unknown function ${name}`);
    return (row, group) => {
      if (scalar && group === undefined)
        return scalar(
          args.map((each) => each(row)),
          row,
        );
      if (!aggregate || group === undefined) throw malformed(`${name} cannot stand here`);
      const inOrder = group.toSorted((a, b) => Number(a.get('@timestamp')) - Number(b.get('@timestamp')));
      return aggregate(inOrder.map((member) => args[0]?.(member)).filter((value) => value !== undefined));
    };
  }

  function expression(least = 0): Expression {
    let left = primary();
    for (;;) {
      const { kind, text } = peek();
      const [binds, of] = (kind === 'text' ? undefined : SIGNS[text]) ?? [COMPARES, null];
      if (binds <= least || (of === null && !(kind === 'name' && /^(?:not|in|like)$/.test(text))))
        return left;
      next();
      left = of === null ? compared(left, text) : joined(left, of, expression(binds));
    }
  }

  function joined(left: Expression, of: (a: unknown, b: unknown) => unknown, right: Expression): Expression {
    return (...where) => of(left(...where), right(...where));
  }

  function compared(left: Expression, word: string): Expression {
    if (word === 'like') {
      const pattern = regex();
      return (row) => pattern.test(textOf(left(row)));
    }
    if (word === 'not') expect('in');
    expect('[');
    const items = list(() => expression());
    expect(']');
    return (row) => items.some((item) => item(row) === left(row)) === (word === 'in');
  }

  function regex(): RegExp {
    const { kind, text } = next();
    if (kind !== 'regex') throw malformed(`expected a regular expression, found ${text}`);
    return new RegExp(text);
  }

  return { expression, regex };
}

/** The value of a name, or of a path into a map that `jsonParse` made. */
function fieldOf(row: Row, name: string): unknown {
  if (row.has(name)) return row.get(name);
  const parts = name.split('.');
  for (let length = parts.length - 1; length > 0; length -= 1) {
    const head = row.get(parts.slice(0, length).join('.'));
    if (!isObject(head)) continue;
    const into = (value: unknown, part: string) => (isObject(value) ? value[part] : undefined);
    return parts.slice(length).reduce<unknown>(into, head);
  }
  return undefined;
}
