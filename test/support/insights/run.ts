import type { LogEvent, QueryResult, ResultRow } from '../../../local/aws/logs.ts';
import { isObject, tryParse } from '../../../local/aws/wire.ts';
import { type Expression, expressionsIn, type Row, textOf } from './expressions.ts';
import { malformed, type Tokens, tokensOf } from './tokens.ts';

// CloudWatch Logs user guide: quotas; "stats" for two of them in a query, and for what must come after the second.
const MOST_FIELDS = 200;
const MOST_STATS = 2;
const DEFAULT_LIMIT = 10_000;
const MOST_ROWS = 100_000;

/** An expression and the name of its column. */
interface Column {
  readonly value: Expression;
  readonly name: string;
}

/** Where a query stands after some of its commands. */
interface State {
  readonly rows: readonly Row[];
  /** The columns of the result; none for the timestamp and the message. */
  readonly columns: readonly string[];
  /** Events that passed every filter. */
  readonly matched: number;
  readonly limit: number;
}

type Command = (state: State) => Partial<State>;

/**
 * Runs a query over the events of a log, for the part of Logs Insights QL that this project uses: fields, display, filter,
 * unnest, parse with a regular expression, stats, sort, limit (CloudWatch Logs user guide, "Query syntax").
 *
 * @throws {ServiceError} as CloudWatch Logs does, and for all of the language that is not understood here.
 */
export function runQuery(query: string, events: readonly LogEvent[]): QueryResult {
  const tokens = tokensOf(query);
  const kinds: string[] = [];
  const commands: Command[] = [];
  do {
    const { text } = tokens.next();
    commands.push(commandOf(text, tokens, kinds));
    kinds.push(text);
  } while (tokens.skip('|'));
  tokens.expectEnd();

  const rows = events.map(discovered);
  let state: State = { rows, columns: [], matched: rows.length, limit: DEFAULT_LIMIT };
  for (const command of commands) state = { ...state, ...command(state) };
  const listed = state.columns.length > 0 ? state.columns : ['@timestamp', '@message'];
  // Rows that are still single events can be asked for in whole by their pointer.
  const shown = kinds.includes('stats') ? listed : [...listed, '@ptr'];
  return {
    rows: state.rows.slice(0, state.limit).map((row) => resultRow(row, shown)),
    matched: state.matched,
  };
}

function commandOf(kind: string, tokens: Tokens, before: readonly string[]): Command {
  const { expression, regex } = expressionsIn(tokens);
  const column = (): Column => {
    const from = tokens.at;
    const value = expression();
    const written = tokens.textSince(from);
    return { value, name: tokens.skip('as') ? tokens.next().text : written };
  };
  const columnsOf = () => tokens.list(column);
  switch (kind) {
    case 'fields':
    case 'display': {
      const columns = columnsOf();
      const names = columns.map(({ name }) => name);
      return (state) => ({
        rows: state.rows.map((row) => withColumns(row, columns)),
        columns: kind === 'display' ? names : [...state.columns, ...names],
      });
    }
    case 'filter': {
      const condition = expression();
      return (state) => {
        const rows = state.rows.filter((row) => condition(row) === true);
        return { rows, matched: rows.length };
      };
    }
    case 'unnest': {
      const what = expression();
      tokens.expect('into');
      const name = tokens.next().text;
      return ({ rows }) => ({
        rows: rows.flatMap((row) => [what(row)].flat().map((item) => new Map([...row, [name, item]]))),
      });
    }
    case 'parse': {
      const [what, pattern] = [expression(), regex()];
      return ({ rows }) => ({
        rows: rows.map(
          (row) => new Map([...row, ...Object.entries(pattern.exec(textOf(what(row)))?.groups ?? {})]),
        ),
      });
    }
    case 'stats': {
      if (before.filter((each) => each === 'stats').length === MOST_STATS)
        throw malformed('at most two stats commands');
      if (before.includes('sort') || before.includes('limit'))
        throw malformed('sort and limit must stand after the last stats');
      const columns = columnsOf();
      const by = tokens.skip('by') ? columnsOf() : [];
      return ({ rows }) => ({
        rows: aggregated(rows, columns, by),
        columns: [...by, ...columns].map(({ name }) => name),
      });
    }
    case 'sort': {
      const orders = tokens.list(() => {
        const value = expression();
        const descending = tokens.skip('desc');
        if (!descending) tokens.skip('asc');
        return { value, descending };
      });
      return ({ rows }) => ({ rows: rows.toSorted((a, b) => compared(a, b, orders)) });
    }
    case 'limit': {
      const limit = Number(tokens.next().text);
      if (!(limit >= 1 && limit <= MOST_ROWS)) throw malformed(`limit takes 1 to ${MOST_ROWS}`);
      return () => ({ limit });
    }
    default:
      throw malformed(`unknown command ${kind}`);
  }
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

function withColumns(row: Row, columns: readonly Column[]): Row {
  return new Map([...row, ...columns.map(({ value, name }) => [name, value(row)] as const)]);
}

/** Rows grouped, one row for each group; columns may use those before them by name. */
function aggregated(rows: readonly Row[], columns: readonly Column[], by: readonly Column[]): Row[] {
  const groups = new Map<string, { readonly keys: Row; readonly members: Row[] }>();
  for (const row of rows) {
    const keys = withColumns(
      new Map(),
      by.map(({ name, value }) => ({ name, value: () => value(row) })),
    );
    const key = JSON.stringify([...keys.values()].map((value) => value ?? null));
    const group = groups.get(key) ?? { keys, members: [] };
    group.members.push(row);
    groups.set(key, group);
  }
  return [...groups.values()].map(({ keys, members }) => {
    const result = new Map(keys);
    for (const { value, name } of columns) result.set(name, value(result, members));
    return result;
  });
}

function compared(
  a: Row,
  b: Row,
  orders: readonly { readonly value: Expression; readonly descending: boolean }[],
): number {
  for (const { value, descending } of orders) {
    const [left, right] = [value(a), value(b)];
    if (left === right) continue;
    const order =
      typeof left === 'number' && typeof right === 'number'
        ? left - right
        : Number(textOf(left) > textOf(right)) - Number(textOf(left) < textOf(right));
    if (order !== 0) return descending ? -order : order;
  }
  return 0;
}

function resultRow(row: Row, columns: readonly string[]): ResultRow {
  return columns.flatMap((field) => {
    const value = row.get(field);
    if (value === undefined || value === null) return [];
    const isTime = field === '@timestamp';
    const text = isTime
      ? new Date(Number(value)).toISOString().replace('T', ' ').slice(0, -1)
      : textOf(value);
    return [{ field, value: text }];
  });
}
