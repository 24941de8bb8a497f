import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { historyQuery } from '../../cli/history/log-lines.ts';
import { parseMoment } from '../../cli/history/time.ts';
import { useAws } from '../support/aws.ts';
import { runQuery } from '../support/insights/run.ts';
import { runCommand } from './support.ts';

const NOW = Date.parse('2026-11-24T10:00:00Z');
const MINUTE = 60_000;

const aws = useAws();
const clock = { now: () => NOW, sleep: async () => {} };
const run = (...argv: string[]) => runCommand(argv, { AWS_REGION: 'eu-central-1' }, { clock, cwd: '/' });
const history = (...argv: string[]) => run('history', 'orders', '--log-group', '/guard', ...argv);

/** A log line so many minutes ago. */
function line(minutesAgo: number, fields: object = {}) {
  const at = NOW - minutesAgo * MINUTE;
  const sampled = new Date(at).toISOString();
  const holders = [
    { application: 'web', role: 'app', client: '10.0.0.1', sessions: 12, idle: 9, oldestIdle: 41 },
  ];
  const known = {
    event: 'check.holders',
    version: 1,
    held: 'ok',
    used: 12,
    usable: 97,
    warning: 68,
    critical: 83,
  };
  return {
    at,
    message: JSON.stringify({
      timestamp: sampled,
      database: 'orders',
      ...known,
      sampled,
      holders,
      ...fields,
    }),
  };
}

beforeEach(() => vi.stubEnv('TZ', 'Europe/Berlin'));
afterEach(() => vi.unstubAllEnvs());

describe('a moment', () => {
  it.each([
    ['03:12', '2026-11-24T02:12:00Z'],
    ['23:59:30', '2026-11-23T22:59:30Z'],
    ['2026-07-01 03:12', '2026-07-01T01:12:00Z'],
    ['2026-11-24T03:12Z', '2026-11-24T03:12:00Z'],
    ['2026-11-24T03:12:00-05:00', '2026-11-24T08:12:00Z'],
  ])(
    '%s is read in the local time zone unless it says another, and a time of day is the last that was',
    (written, at) => {
      expect(new Date(parseMoment('--at', written, NOW)).toISOString()).toBe(new Date(at).toISOString());
    },
  );

  it.each(['24:00', '3', 'yesterday', '2026-13-01 00:00', '2026-11-24'])(
    'that is none is refused: %s',
    (written) => {
      expect(() => parseMoment('--at', written, NOW)).toThrow('--at takes a moment such as');
    },
  );

  it('that is still to come is refused', () => {
    expect(() => parseMoment('--until', '2026-11-24 12:00', NOW)).toThrow(
      '--until 2026-11-24 12:00 is still to come',
    );
  });
});

describe('the name of a database', () => {
  it('never adds a condition or a command to the query: it is found as it is, or refused', () => {
    const secret = { at: NOW, message: JSON.stringify({ database: 'another', event: 'check.holders' }) };
    const parts = fc.constantFrom(
      'orders',
      '"',
      "'",
      '\\',
      ' or ',
      '=',
      '|',
      'fields @message',
      '\n',
      '*',
      '/',
      '.',
      '-',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(parts).map((list) => list.join('')),
        ),
        (name) => {
          fc.pre(name !== 'another');
          let query: string;
          try {
            query = historyQuery(name);
          } catch (error) {
            expect(String(error)).toContain('the database');
            return;
          }
          expect(query.split('\n')).toHaveLength(4);
          const own = { at: NOW, message: JSON.stringify({ database: name, event: 'check.holders' }) };
          expect(runQuery(query, [secret, own]).rows).toHaveLength(1);
        },
      ),
    );
  });
});

describe('history --at', () => {
  it('shows the holders of the line nearest to the moment, what grew before it, and the rules', async () => {
    const holders = [
      { application: 'web', role: 'app', client: '10.0.0.1', sessions: 50, idle: 9, oldestIdle: 41 },
      { application: 'job', role: 'app', sessions: 6, idle: 6, oldestIdle: 400 },
    ];
    const scores = [{ rule: 'rhythm', tried: 70, wrong: 0.3 }];
    aws.endpoint.logs.put('/guard', [
      line(70),
      line(60.1, { held: 'warning', used: 70, holders, otherHolders: 3, otherSessions: 14, scores }),
      line(58),
    ]);
    const { code, out } = await history('--at', '10:00');
    expect(code).toBe(0);
    expect(out).toContain('orders at 2026-11-24 09:59:54 (Europe/Berlin)');
    expect(out).toContain('warning: 70 of 97 usable slots used (72%), 27 left');
    expect(out).toMatch(/50 +9 +41 s +app +web +10\.0\.0\.1/);
    expect(out).toMatch(/6 +6 +6 min +app +job +\(none\)/);
    expect(out).toContain('3 more holders with 14 sessions');
    expect(out).toContain(
      'grown most since 09:50:00 (9 min before): app web 10.0.0.1 +38, app job (none) +6',
    );
    expect(out).toContain('rules of reclaim: rhythm wrong in 0.3 of 70');
  });

  it('says when the server refused the guard itself, and how far away the nearest line is', async () => {
    aws.endpoint.logs.put('/guard', [
      line(10),
      line(2, { event: 'check.done', kind: 'refused', limit: 'all-slots' }),
    ]);
    const { out } = await history('--at', '10:59');
    expect(out).toContain('2026-11-24 10:58:00: the server refused the guard itself');
    expect(out).toContain('the line nearest to 2026-11-24 10:59:00');
  });
});

describe('history --since', () => {
  it('draws the slots against the thresholds in local time, with holes where the log has none, and the applications', async () => {
    aws.endpoint.logs.put('/guard', [
      ...Array.from({ length: 30 }, (_, index) => line(100 - index)),
      ...Array.from({ length: 30 }, (_, index) => line(30 - index, { used: 90, held: 'critical' })),
    ]);
    const { code, out } = await history('--since', '2h');
    expect(code).toBe(0);
    expect(out).toContain('orders from 2026-11-24 09:00:00 to 2026-11-24 11:00:00 (Europe/Berlin)');
    expect(out).toContain('60 minutes in the log');
    expect(out).toMatch(/critical 83 ┼/);
    expect(out).toContain('╵10:00');
    expect(out).toMatch(/12 +09:20:00 +3 +12 +app +web/);
    // Nothing is known from 09:52 to 10:30, which is a third of the chart.
    expect(out).toMatch(/█ {15,}█/);
  });

  it('is one JSON document with --json, moments in UTC', async () => {
    aws.endpoint.logs.put('/guard', [line(1)]);
    const { out } = await history('--json');
    expect(JSON.parse(out)).toMatchObject({
      database: 'orders',
      from: '2026-11-24T08:00:00.000Z',
      to: '2026-11-24T10:00:00.000Z',
      refused: [],
      lines: [
        {
          sampled: '2026-11-24T09:59:00.000Z',
          used: 12,
          holders: [{ application: 'web', count: 12, idle: 9 }],
        },
      ],
    });
  });

  it('notes lines of another version, and that a query gives 10,000', async () => {
    aws.endpoint.logs.put('/guard', [
      line(1, { version: 2 }),
      ...Array.from({ length: 10_000 }, () => line(1)),
    ]);
    const { err } = await history();
    expect(err).toContain('more than the 10,000 lines');
    aws.endpoint.logs.put('/other', [line(1, { version: 2 }), line(1)]);
    const other = await run('history', 'orders', '--log-group', '/other');
    expect(other.err).toContain('1 lines are of a version');
  });
});

describe('hostile names in the log', () => {
  it('reach the terminal as plain, short text', async () => {
    const hostile = '\u001b]0;owned\u0007\u202e\r\n<script>`x`'.repeat(50);
    const holders = [{ application: hostile, role: hostile, client: hostile, sessions: 3, idle: 1 }];
    aws.endpoint.logs.put('/guard', [
      line(2),
      line(1, { holders, scores: [{ rule: hostile, tried: 1, wrong: 0 }] }),
    ]);
    for (const argv of [['--at', '10:59'], ['--since', '1h'], ['--json']]) {
      const { code, out } = await history(...argv);
      expect(code).toBe(0);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may get through
      expect(out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f\u202e]/);
      expect(Math.max(...out.split('\n').map((each) => each.length))).toBeLessThan(500);
    }
  });
});

describe('the log group', () => {
  let directory: string;
  const inDirectory = (...argv: string[]) =>
    runCommand(argv, { AWS_REGION: 'eu-central-1' }, { clock, cwd: directory });
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'history-'));
  });
  afterEach(() => rm(directory, { recursive: true }));
  const configure = (fields: object) =>
    writeFile(
      join(directory, 'guard.json'),
      JSON.stringify({
        ...fields,
        network: { vpcId: 'vpc-0123456789abcdef0', databaseSecurityGroupId: 'sg-0123456789abcdef0' },
        databases: [{ name: 'orders', host: 'db.example.com', login: { secretName: 'orders' } }],
      }),
    );

  it('is the one that the saved queries of the configured stack read', async () => {
    await configure({ stackName: 'SlotGuard' });
    aws.endpoint.logs.define('SlotGuard/what the guard did', ['/guard']);
    aws.endpoint.logs.put('/guard', [line(1)]);
    expect(await inDirectory('history', 'orders', '--config', 'guard.json')).toMatchObject({
      code: 0,
      err: '',
    });
  });

  it('is the one that the configuration names', async () => {
    await configure({ logGroupName: '/own' });
    aws.endpoint.logs.put('/own', [line(1)]);
    expect(await inDirectory('history', 'orders', '--config', 'guard.json')).toMatchObject({
      code: 0,
      err: '',
    });
  });

  it('that nothing names is asked for', async () => {
    const { code, err } = await inDirectory('history', 'orders');
    expect(code).toBe(3);
    expect(err).toContain('which log group? There is no guard.config.ts here: name it with --log-group');
    await configure({});
    expect((await inDirectory('history', 'orders', '--config', 'guard.json')).err).toContain(
      'has no saved queries in eu-central-1',
    );
  });
});

describe('what can go wrong', () => {
  beforeEach(() => aws.endpoint.logs.put('/guard', []));

  it.each([
    [['history'], 'history of which database?'],
    [['history', 'orders', '--at', '03:12', '--since', '2h'], '--at is one moment'],
    [['history', 'a"b', '--log-group', '/guard'], 'the database'],
    [['history', 'orders', '--log-group', '/gone'], 'there is no log group /gone in this account and region'],
    [['history', 'orders', '--log-group', '/guard'], 'nothing of orders in /guard from 2026-11-24 09:00:00'],
    [['size', '--since', '7d', '--log-group', '/guard'], 'size of which database?'],
    [['size', 'orders', '--since', '7d', '--metrics-file', 'f'], 'three sources: give one of them'],
  ])('%j is told in a line or two, with exit code 3', async (argv, words) => {
    const { code, out, err } = await run(...argv);
    expect([code, out]).toEqual([3, '']);
    expect(err).toContain(words);
    expect(err.split('\n').length).toBeLessThanOrEqual(2);
  });

  it('says which rights are missing', async () => {
    aws.endpoint.fail({ service: 'logs', kind: 'deny' });
    expect((await history()).err).toContain('they need logs:StartQuery, logs:GetQueryResults');
  });

  it('tries again when it is throttled, and says so when that lasts', async () => {
    aws.endpoint.logs.put('/guard', [line(1)]);
    aws.endpoint.fail({ service: 'logs', kind: 'throttle', times: 2 });
    expect((await history()).code).toBe(0);
    aws.endpoint.fail({ service: 'logs', kind: 'throttle' });
    expect((await history()).err).toContain('asked too often');
  });

  it('says so when the query fails or runs too long, and stops it', async () => {
    aws.endpoint.logs.endQueriesAs('Timeout');
    expect((await history()).err).toContain('ended as Timeout: ask for a shorter time');
    aws.endpoint.logs.endQueriesAs('Running');
    let now = NOW;
    const sleep = async (ms: number) => {
      now += ms;
    };
    const sleeping = { now: () => now, sleep };
    const { err } = await runCommand(
      ['history', 'orders', '--log-group', '/guard'],
      {},
      { clock: sleeping, cwd: '/' },
    );
    expect(err).toContain('the log gave no answer in 60 s, and the query was stopped');
    expect(aws.endpoint.calls.at(-1)).toMatchObject({ action: 'StopQuery', outcome: 'ok' });
  });
});

describe('size --since', () => {
  it('finds pools that are larger than their work in the log, and says what it rests on', async () => {
    const holders = (working: number) =>
      Array.from({ length: 10 }, (_, index) => ({
        application: 'checkout-api',
        role: 'app',
        client: `10.0.0.${index}`,
        sessions: 10,
        idle: index === 0 ? 10 - working : 10,
      }));
    aws.endpoint.logs.put('/guard', [
      ...Array.from({ length: 59 }, (_, index) => line(60 - index, { holders: holders(2) })),
      line(1, { holders: holders(9), otherHolders: 2, otherSessions: 5 }),
    ]);
    const { code, out, err } = await run('size', 'orders', '--since', '2h', '--log-group', '/guard');
    expect(code).toBe(0);
    expect(out).toContain('checkout-api: 10 clients held 100 sessions, never more than 9 worked at once');
    expect(out).toContain(
      'Rests on 60 samples over 59 min. More than shown may have worked between two samples',
    );
    expect(err).toContain('up to 5 sessions of smaller ones are not in it');
  });
});
