import { isObject, tryParse } from '../wire.ts';
import type { Expression } from './parse.ts';
import { malformed } from './tokens.ts';

/** What a row has by name: discovered fields, and what commands add. */
export type Row = ReadonlyMap<string, unknown>;

const PERIODS: Readonly<Record<string, number>> = {
  ...{ ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 },
};

/** The value of an expression in a row; undefined where the row has none. */
export function evaluate(expression: Expression, row: Row): unknown {
  switch (expression.kind) {
    case 'value':
      return expression.value;
    case 'field':
      return fieldOf(row, expression.name);
    case 'not':
      return !evaluate(expression.what, row);
    case 'in':
      return expression.list.some((each) => evaluate(each, row) === evaluate(expression.what, row));
    case 'like':
      return expression.pattern.test(textOf(evaluate(expression.what, row)));
    case 'binary':
      return combine(expression.sign, evaluate(expression.left, row), evaluate(expression.right, row));
    case 'call':
      return call(expression.name, expression.args, row);
    default:
      throw malformed(`${expression.kind} cannot stand here`);
  }
}

/** The value of a name, or of a path into a map that `jsonParse` made. */
function fieldOf(row: Row, name: string): unknown {
  if (row.has(name)) return row.get(name);
  const parts = name.split('.');
  for (let length = parts.length - 1; length > 0; length -= 1) {
    const head = row.get(parts.slice(0, length).join('.'));
    if (!isObject(head)) continue;
    return parts
      .slice(length)
      .reduce<unknown>((value, part) => (isObject(value) ? value[part] : undefined), head);
  }
  return undefined;
}

function call(name: string, args: readonly Expression[], row: Row): unknown {
  const [first] = args;
  if (first === undefined) throw malformed(`${name} takes an argument`);
  switch (name) {
    case 'ispresent':
      return evaluate(first, row) !== undefined;
    case 'coalesce':
      return args.map((each) => evaluate(each, row)).find((value) => value !== undefined && value !== null);
    case 'jsonParse':
      return tryParse(textOf(evaluate(first, row)));
    case 'bin': {
      const [, amount, unit] = /^(\d+)([a-z]+)$/.exec(first.kind === 'period' ? first.text : '') ?? [];
      const period = Number(amount) * (PERIODS[unit ?? ''] ?? Number.NaN);
      if (!(period > 0)) throw malformed('bin takes a period such as 5m');
      return Math.floor(Number(row.get('@timestamp')) / period) * period;
    }
    default:
      throw malformed(`unknown function ${name}`);
  }
}

/** A value as a result shows it; nothing is an empty text. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

/** What two values come to; nothing where one of them is missing. */
export function combine(sign: string, left: unknown, right: unknown): unknown {
  switch (sign) {
    case 'and':
      return Boolean(left) && Boolean(right);
    case 'or':
      return Boolean(left) || Boolean(right);
    case '=':
      return left !== undefined && textOf(left) === textOf(right);
    case '!=':
      return textOf(left) !== textOf(right);
    default:
      return left === undefined || right === undefined
        ? undefined
        : numeric(sign, Number(left), Number(right));
  }
}

function numeric(sign: string, left: number, right: number): number | boolean {
  switch (sign) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return left / right;
    case '%':
      return left % right;
    case '<':
      return left < right;
    case '>':
      return left > right;
    case '<=':
      return left <= right;
    default:
      return left >= right;
  }
}
