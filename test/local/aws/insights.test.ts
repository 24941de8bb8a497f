import {
  CloudWatchLogsClient,
  GetQueryResultsCommand,
  StartQueryCommand,
  StopQueryCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { describe, expect, it } from 'vitest';
import { useAws } from '../../support/aws.ts';
import { runQuery } from '../../support/insights/run.ts';

const START = Date.UTC(2026, 10, 24, 3, 0, 0);
const eventsOf = (...lines: object[]) =>
  lines.map((line, index) => ({ at: START + index * 20_000, message: JSON.stringify(line) }));
const rowsOf = (query: string, ...lines: object[]) =>
  runQuery(query, eventsOf(...lines)).rows.map((row) =>
    Object.fromEntries(row.flatMap(({ field, value }) => (field === '@ptr' ? [] : [[field, value]]))),
  );

// The examples are those of the CloudWatch Logs user guide, where it has one.
describe('a query', () => {
  it('unnests a list, one row for each item with all other fields', () => {
    const line = { events: [{ name: 'exception' }, { name: 'user action' }] };
    const query =
      'fields jsonParse(@message) as json_message | unnest json_message.events into event | display event.name';
    expect(rowsOf(query, line)).toEqual([{ 'event.name': 'exception' }, { 'event.name': 'user action' }]);
  });

  it('aggregates what it unnested', () => {
    const query =
      'fields jsonParse(@message) as js | unnest js.accounts into account | stats sum(account.droppedSpans) as n by account.accountId | sort n desc | limit 10';
    const accounts = [
      { accountId: 'a', droppedSpans: 1 },
      { accountId: 'b', droppedSpans: 5 },
    ];
    expect(rowsOf(query, { accounts }, { accounts })).toEqual([
      { 'account.accountId': 'b', n: '10' },
      { 'account.accountId': 'a', n: '2' },
    ]);
  });

  it('finds fields of JSON by dots and lists by number, the first 200 only', () => {
    const many = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`f${index}`, index]));
    const line = { items: [{ id: 'i-1' }], ...many };
    expect(rowsOf('filter items.0.id = "i-1" | fields f0, f299', line)).toEqual([{ f0: '0' }]);
  });

  it('has bins, two stats one after the other, and columns that use those before them', () => {
    const lines = [1, 2, 3, 4, 5].map((n) => ({ n }));
    expect(rowsOf('stats sum(n) as s, count(*) as c, s / c as mean by bin(1m) as time', ...lines)).toEqual([
      { time: String(START), s: '6', c: '3', mean: '2' },
      { time: String(START + 60_000), s: '9', c: '2', mean: '4.5' },
    ]);
    expect(rowsOf('stats sum(n) as s by bin(1m) | stats max(s) as peak', ...lines)).toEqual([{ peak: '9' }]);
  });

  it('compares, and takes texts in either quotes with escapes in them', () => {
    const line = { a: 'x"y', b: 2 };
    for (const condition of [
      String.raw`a = "x\"y"`,
      `a = 'x"y'`,
      'b > 1 and not (b >= 3 or b = 7)',
      'b in [1, 2] and a not in ["z"]',
      'a like /^x/ and ispresent(b) and not ispresent(c)',
      'coalesce(c, "none") = "none"',
    ])
      expect(rowsOf(`filter ${condition} | fields b`, line), condition).toEqual([{ b: '2' }]);
  });

  it.each([
    ['fields @message | filtr a = 1', 'unknown command filtr'],
    ['filter a = "x', 'unexpected symbol'],
    ['fields nope(a)', 'unknown function nope'],
    ['stats count(*) | stats count(*) | stats count(*)', 'at most two stats'],
    ['sort a | stats count(*)', 'sort and limit must stand after'],
    ['limit 100001', 'limit takes 1 to 100000'],
  ])('that the language does not have is refused: %s', (query, words) => {
    expect(() => rowsOf(query, { a: 1 })).toThrow(words);
  });
});

describe('CloudWatch Logs on loopback', () => {
  const aws = useAws();
  const client = () => new CloudWatchLogsClient({});
  const start = (change: object = {}) =>
    client().send(
      new StartQueryCommand({
        logGroupName: '/guard',
        queryString: 'fields @message',
        startTime: START / 1000,
        endTime: START / 1000 + 60,
        ...change,
      }),
    );

  it('schedules a query, runs it, and completes it with at most 10,000 rows of the time asked for', async () => {
    aws.endpoint.logs.put('/guard', [
      { at: START - 1, message: 'before' },
      ...Array.from({ length: 10_001 }, () => ({ at: START, message: 'in' })),
      { at: START + 61_000, message: 'after' },
    ]);
    const { queryId } = await start();
    const polls = [];
    for (let index = 0; index < 3; index += 1)
      polls.push(await client().send(new GetQueryResultsCommand({ queryId })));
    expect(polls.map(({ status }) => status)).toEqual(['Scheduled', 'Running', 'Complete']);
    expect(polls[2]?.results).toHaveLength(10_000);
    expect(polls[2]?.statistics?.recordsMatched).toBe(10_001);
    expect(polls[2]?.results?.[0]?.[0]).toEqual({ field: '@message', value: 'in' });
  });

  it('cancels a query that is stopped', async () => {
    aws.endpoint.logs.put('/guard', []);
    const { queryId } = await start();
    await client().send(new StopQueryCommand({ queryId }));
    expect((await client().send(new GetQueryResultsCommand({ queryId }))).status).toBe('Cancelled');
  });

  it('refuses a log group that is not there, a query that is not one, and a time that ends before it begins', async () => {
    await expect(start()).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    aws.endpoint.logs.put('/guard', []);
    await expect(start({ queryString: 'nonsense' })).rejects.toMatchObject({
      name: 'MalformedQueryException',
    });
    await expect(start({ endTime: 1 })).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });
});
