import { isObject, tryParse } from '../wire.ts';
import { evaluate, type Row, textOf } from './evaluate.ts';
import { type Command, parseQuery } from './parse.ts';
import { aggregate } from './stats.ts';
import { malformed } from './tokens.ts';

/** One event of a log group. */
export interface LogEvent {
  /** Ms since the epoch. */
  readonly at: number;
  readonly message: string;
}

/** One row of a result, as GetQueryResults has it. */
export type ResultRow = readonly { readonly field: string; readonly value: string }[];

/** What a query came to. */
export interface QueryResult {
  readonly rows: readonly ResultRow[];
  /** Events that passed every filter. */
  readonly matched: number;
}

// CloudWatch Logs user guide: quotas; "stats" for two of them in a query, and for what stands before the second.
const MOST_FIELDS = 200;
const MOST_STATS = 2;
const DEFAULT_LIMIT = 10_000;
const MOST_ROWS = 100_000;

/** Runs a query over events. @throws {ServiceError} */
export function runQuery(query: string, events: readonly LogEvent[]): QueryResult {
  const commands = parseQuery(query);
  check(commands);
  let rows: Row[] = events.map(discovered);
  let columns: readonly string[] = [];
  let matched = rows.length;
  let limit = DEFAULT_LIMIT;
  for (const command of commands) {
    switch (command.kind) {
      case 'limit':
        limit = command.count;
        break;
      case 'filter':
        rows = rows.filter((row) => evaluate(command.condition, row) === true);
        matched = rows.length;
        break;
      case 'stats':
        rows = aggregate(rows, command.columns, command.by);
        columns = [...command.by, ...command.columns].map(({ name }) => name);
        break;
      case 'fields':
      case 'display': {
        const names = command.columns.map(({ name }) => name);
        rows = rows.map((row) => withColumns(row, command));
        columns = command.kind === 'display' ? names : [...columns, ...names];
        break;
      }
      case 'sort':
        rows = rows.toSorted((a, b) => compared(a, b, command));
        break;
      default:
        rows = rows.flatMap((row) => unfolded(row, command));
    }
  }
  const listed = columns.length > 0 ? columns : ['@timestamp', '@message'];
  // Rows that are still single events can be asked for in whole by their pointer.
  const shown = commands.some(({ kind }) => kind === 'stats') ? listed : [...listed, '@ptr'];
  return { rows: rows.slice(0, limit).map((row) => resultRow(row, shown)), matched };
}

function check(commands: readonly Command[]): void {
  const kinds = commands.map(({ kind }) => kind);
  const lastStats = kinds.lastIndexOf('stats');
  if (kinds.filter((kind) => kind === 'stats').length > MOST_STATS)
    throw malformed('at most two stats commands');
  if (kinds.slice(0, Math.max(0, lastStats)).some((kind) => kind === 'sort' || kind === 'limit'))
    throw malformed('sort and limit must stand after the last stats');
  for (const command of commands)
    if (command.kind === 'limit' && !(command.count >= 1 && command.count <= MOST_ROWS))
      throw malformed(`limit takes 1 to ${MOST_ROWS}`);
}

/** An event with the fields that are found in a JSON message: 200 of them at most, lists by the number of the item. */
function discovered({ at, message }: LogEvent): Row {
  const row = new Map<string, unknown>([
    ['@timestamp', at],
    ['@message', message],
    ['@ptr', Buffer.from(`${at}`).toString('base64')],
  ]);
  const add = (value: unknown, path: string): void => {
    if (isObject(value) || Array.isArray(value)) {
      for (const [name, each] of Object.entries(value)) add(each, path === '' ? name : `${path}.${name}`);
    } else if (row.size < MOST_FIELDS && path !== '' && value !== null) row.set(path, value);
  };
  add(tryParse(message), '');
  return row;
}

function withColumns(row: Row, { columns }: Extract<Command, { kind: 'fields' | 'display' }>): Row {
  return new Map([
    ...row,
    ...columns.map(({ expression, name }) => [name, evaluate(expression, row)] as const),
  ]);
}

function unfolded(row: Row, command: Extract<Command, { kind: 'unnest' | 'parse' }>): Row[] {
  const what = evaluate(command.what, row);
  if (command.kind === 'parse') {
    return [new Map([...row, ...Object.entries(command.pattern.exec(textOf(what))?.groups ?? {})])];
  }
  const items: readonly unknown[] = Array.isArray(what) ? what : [what];
  return items.map((item) => new Map([...row, [command.name, item]]));
}

function compared(a: Row, b: Row, { by }: Extract<Command, { kind: 'sort' }>): number {
  for (const { expression, descending } of by) {
    const [left, right] = [evaluate(expression, a), evaluate(expression, b)];
    const order =
      typeof left === 'number' && typeof right === 'number'
        ? left - right
        : textOf(left) < textOf(right)
          ? -1
          : 1;
    if (order !== 0 && left !== right) return descending ? -order : order;
  }
  return 0;
}

function resultRow(row: Row, columns: readonly string[]): ResultRow {
  return columns.flatMap((field) => {
    const value = row.get(field);
    if (value === undefined || value === null) return [];
    const text =
      field === '@timestamp' ? new Date(Number(value)).toISOString().replace('T', ' ').slice(0, -1) : null;
    return [{ field, value: text ?? textOf(value) }];
  });
}
