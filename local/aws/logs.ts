import { randomUUID } from 'node:crypto';
import { LOCAL_ACCOUNT } from './records.ts';
import { parseObject, ServiceError, textField } from './wire.ts';

// Limits: CloudWatch Logs API reference, StartQuery and GetQueryResults; CloudWatch Logs quotas.
const MAX_QUERY = 10_000;
const MOST_CONCURRENT = 100;
const ROWS_IN_ANSWER = 10_000;

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

/** Runs a query over events. Throws {@link ServiceError} for what is not a query. */
export type RunQuery = (query: string, events: readonly LogEvent[]) => QueryResult;

/** How a query ends; `Running` never does. */
export type QueryStatus = 'Complete' | 'Failed' | 'Timeout' | 'Running';

interface Query {
  readonly result: QueryResult;
  /** How often its results were asked for. */
  polls: number;
  stopped: boolean;
}

/** The log groups of the pretended account, and the queries that are run on them. */
export interface LocalLogs {
  /** Adds events to a log group, which is made where there is none. */
  put(logGroup: string, events: readonly LogEvent[]): void;
  /** Saves a query. */
  define(name: string, logGroups: readonly string[]): void;
  /** Lets every query end like this from now on. */
  endQueriesAs(status: QueryStatus): void;
  /** Does what is asked. Throws {@link ServiceError} for what the service refuses. */
  carryOut(action: string, body: string): Record<string, unknown>;
}

/** CloudWatch Logs, of which Insights is known: queries answer after three polls, as the real ones are not done at once. */
export function createLogs(runQuery: RunQuery): LocalLogs {
  const groups = new Map<string, LogEvent[]>();
  const definitions: { name: string; queryDefinitionId: string; logGroupNames: readonly string[] }[] = [];
  const queries = new Map<string, Query>();
  let ending: QueryStatus = 'Complete';

  const startQuery = (body: string) => {
    const { queryString, startTime, endTime } = parseObject(body);
    const logGroup = textField(body, 'logGroupName');
    if (typeof queryString !== 'string' || queryString === '' || queryString.length > MAX_QUERY)
      throw invalid(`queryString must have 1 to ${MAX_QUERY} characters`);
    if (typeof startTime !== 'number' || typeof endTime !== 'number' || startTime > endTime)
      throw invalid('startTime must not be after endTime');
    const events = groups.get(logGroup);
    if (events === undefined)
      throw new ServiceError(
        'ResourceNotFoundException',
        `Log group '${logGroup}' does not exist for account ID '${LOCAL_ACCOUNT}'`,
      );
    const running = [...queries.values()].filter(({ polls, stopped }) => polls < 3 && !stopped);
    if (running.length >= MOST_CONCURRENT)
      throw new ServiceError('LimitExceededException', 'Account maximum query concurrency limit reached');
    const inRange = events.filter(({ at }) => at >= startTime * 1000 && at < (endTime + 1) * 1000);
    const queryId = randomUUID();
    queries.set(queryId, { result: runQuery(queryString, inRange), polls: 0, stopped: false });
    return { queryId };
  };

  const getQueryResults = (body: string) => {
    const query = known(textField(body, 'queryId'));
    query.polls += 1;
    const status = query.stopped
      ? 'Cancelled'
      : query.polls < 3
        ? (['Scheduled', 'Running'][query.polls - 1] ?? 'Running')
        : ending;
    const { rows, matched } = query.result;
    const from = Number(textField(body, 'nextToken'));
    // A query that runs answers what it has so far.
    const until = status === 'Complete' ? from + ROWS_IN_ANSWER : Math.min(1, rows.length);
    return {
      status,
      results: rows.slice(from, until),
      statistics: { recordsMatched: matched, recordsScanned: matched, bytesScanned: 0 },
      ...(status === 'Complete' && until < rows.length && { nextToken: String(until) }),
    };
  };

  const known = (id: string): Query => {
    const query = queries.get(id);
    if (query === undefined) throw new ServiceError('ResourceNotFoundException', 'the query does not exist');
    return query;
  };

  return {
    put: (logGroup, events) => groups.set(logGroup, [...(groups.get(logGroup) ?? []), ...events]),
    define: (name, logGroupNames) =>
      definitions.push({ name, queryDefinitionId: randomUUID(), logGroupNames }),
    endQueriesAs: (status) => {
      ending = status;
    },
    carryOut: (action, body) => {
      switch (action) {
        case 'StartQuery':
          return startQuery(body);
        case 'GetQueryResults':
          return getQueryResults(body);
        case 'StopQuery': {
          known(textField(body, 'queryId')).stopped = true;
          return { success: true };
        }
        case 'DescribeQueryDefinitions': {
          const prefix = textField(body, 'queryDefinitionNamePrefix');
          return { queryDefinitions: definitions.filter(({ name }) => name.startsWith(prefix)) };
        }
        default:
          throw new ServiceError('UnknownOperationException', 'this endpoint does not know the operation');
      }
    },
  };
}

function invalid(what: string): ServiceError {
  return new ServiceError('InvalidParameterException', what);
}
