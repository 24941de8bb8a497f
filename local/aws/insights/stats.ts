import { combine, evaluate, type Row, textOf } from './evaluate.ts';
import type { Column, Expression } from './parse.ts';
import { malformed } from './tokens.ts';

/** Rows grouped, one row for each group; columns may use those before them by name. */
export function aggregate(rows: readonly Row[], columns: readonly Column[], by: readonly Column[]): Row[] {
  const groups = new Map<string, { keys: Row; members: Row[] }>();
  for (const row of rows) {
    const keys = new Map(by.map(({ expression, name }) => [name, evaluate(expression, row)]));
    const key = JSON.stringify([...keys.values()].map((value) => value ?? null));
    const group = groups.get(key) ?? { keys, members: [] };
    group.members.push(row);
    groups.set(key, group);
  }
  return [...groups.values()].map(({ keys, members }) => {
    const result = new Map(keys);
    for (const { expression, name } of columns) result.set(name, overGroup(expression, members, result));
    return result;
  });
}

function overGroup(expression: Expression, members: readonly Row[], before: Row): unknown {
  switch (expression.kind) {
    case 'value':
      return expression.value;
    case 'field':
      return before.get(expression.name);
    case 'binary': {
      const [left, right] = [expression.left, expression.right].map((side) =>
        overGroup(side, members, before),
      );
      return combine(expression.sign, left, right);
    }
    case 'call':
      return overRows(expression.name, expression.args, members);
    default:
      throw malformed(`stats cannot take ${expression.kind}`);
  }
}

function overRows(
  name: string,
  [of = { kind: 'star' }]: readonly Expression[],
  rows: readonly Row[],
): unknown {
  if (of.kind === 'star') return name === 'count' ? rows.length : undefined;
  const present = rows.filter((row) => evaluate(of, row) !== undefined);
  const numbers = present.map((row) => Number(evaluate(of, row)));
  switch (name) {
    case 'count':
      return present.length;
    case 'count_distinct':
      return new Set(present.map((row) => textOf(evaluate(of, row)))).size;
    case 'sum':
      return numbers.reduce((sum, value) => sum + value, 0);
    case 'max':
      return numbers.length === 0 ? undefined : numbers.reduce((a, b) => Math.max(a, b));
    case 'min':
      return numbers.length === 0 ? undefined : numbers.reduce((a, b) => Math.min(a, b));
    case 'earliest':
    case 'latest': {
      const ordered = present.toSorted((a, b) => Number(a.get('@timestamp')) - Number(b.get('@timestamp')));
      const row = ordered.at(name === 'latest' ? -1 : 0);
      return row && evaluate(of, row);
    }
    default:
      throw malformed(`unknown function ${name} in stats`);
  }
}
