import { describe, expect, test } from 'vitest';
import { stackedHolders, usedAgainstThresholds } from '../../infra/monitoring/holder-queries.ts';
import { QUERIES } from '../../infra/monitoring/log-queries.ts';
import { runQuery } from '../support/insights/run.ts';

const START = Date.UTC(2026, 10, 24, 3, 0, 0);
const MINUTE = 60_000;

/** A line of the guard, so many minutes after the start. */
const line = (minute: number, fields: object) => ({
  at: START + minute * MINUTE + 4000,
  message: JSON.stringify({ database: 'orders', ...fields }),
});

/** `application`, `client`, sessions, idle. */
type HolderOf = readonly [string, string, number, number];

const holders = (minute: number, used: number, ...list: HolderOf[]) =>
  line(minute, {
    event: 'check.holders',
    version: 1,
    held: 'ok',
    used,
    usable: 97,
    warning: 68,
    critical: 83,
    holders: list.map(([application, client, sessions, idle]) => ({
      ...(application !== '' && { application }),
      role: 'app',
      client,
      sessions,
      idle,
      oldestIdle: 30,
    })),
  });

const LOG = [
  holders(0, 14, ['web', '10.0.0.1', 8, 6], ['web', '10.0.0.2', 4, 4], ['', '10.0.0.9', 2, 2]),
  holders(1, 31, ['web', '10.0.0.1', 20, 1], ['web', '10.0.0.2', 5, 0], ['job', '10.0.0.3', 6, 6]),
  holders(2, 16, ['web', '10.0.0.1', 10, 10], ['job', '10.0.0.3', 6, 5]),
  line(2, { event: 'check.done', kind: 'sample', used: 16 }),
  { at: START, message: JSON.stringify({ event: 'check.holders', database: 'billing', holders: [] }) },
];

const rowsOf = (commands: readonly string[], log = LOG) =>
  runQuery(commands.join('\n| '), log).rows.map((row) =>
    Object.fromEntries(
      row.map(({ field, value }) => [field, Number.isNaN(Number(value)) ? value : Number(value)]),
    ),
  );

describe('the dashboard', () => {
  test('stacks the sessions of each application over its clients, minute by minute', () => {
    const at = (minute: number) => START + minute * MINUTE;
    expect(rowsOf(stackedHolders({ database: 'orders', step: '1m' }))).toEqual([
      { time: at(0), application: 'web', role: 'app', sessions: 12 },
      { time: at(0), application: '(no application_name)', role: 'app', sessions: 2 },
      { time: at(1), application: 'web', role: 'app', sessions: 25 },
      { time: at(1), application: 'job', role: 'app', sessions: 6 },
      { time: at(2), application: 'web', role: 'app', sessions: 10 },
      { time: at(2), application: 'job', role: 'app', sessions: 6 },
    ]);
  });

  test('shows the mean of the minutes in a longer step, not their sum', () => {
    const [web] = rowsOf(stackedHolders({ database: 'orders', step: '1h' }));
    expect(web).toMatchObject({ application: 'web', sessions: (12 + 25 + 10) / 3 });
  });

  test('shows used slots against the thresholds of the time', () => {
    expect(rowsOf(usedAgainstThresholds({ database: 'orders', step: '5m' }))).toEqual([
      { time: START, usedSlots: 31, warningFrom: 68, criticalFrom: 83, usableSlots: 97 },
    ]);
  });
});

describe('a saved query', () => {
  test('has the holders of a moment, those of the last minute first', () => {
    const rows = rowsOf(QUERIES['holders at a moment']);
    expect(
      rows.map(({ application, client, sessions, idle }) => [application, client, sessions, idle]),
    ).toEqual([
      ['web', '10.0.0.1', 10, 10],
      ['job', '10.0.0.3', 6, 5],
      ['web', '10.0.0.2', 5, 0],
      ['(no application_name)', '10.0.0.9', 2, 2],
    ]);
  });

  test('has what grew between two moments, most first', () => {
    const [first] = rowsOf(QUERIES['growth between two moments']);
    expect(first).toMatchObject({ application: 'web', client: '10.0.0.1', before: 8, after: 10, growth: 2 });
  });

  test('has the most of each application at once, summed over its clients before the most is taken', () => {
    const [web, job] = rowsOf(QUERIES['most at work at once by application']);
    expect(web).toMatchObject({
      application: 'web',
      mostSessions: 25,
      mostAtWork: 24,
      mostClients: 2,
      minutes: 3,
    });
    expect(job).toMatchObject({
      application: 'job',
      mostSessions: 6,
      mostAtWork: 1,
      mostClients: 1,
      minutes: 2,
    });
  });

  test('has what was ended and why', () => {
    const session = { pid: 7, role: 'app', application: 'web', client: '10.0.0.1', idleFor: 41.5 };
    const score = { rule: 'once>40', tried: 70, wrong: 0, outcome: 'ended' };
    const log = [
      line(0, {
        event: 'reclaim.done',
        mode: 'terminate',
        held: 'critical',
        sessions: [{ ...session, ...score }],
      }),
    ];
    expect(rowsOf(QUERIES['what was ended and why'], log)).toMatchObject([
      {
        database: 'orders',
        mode: 'terminate',
        held: 'critical',
        idleFor: 41.5,
        application: 'web',
        ...score,
      },
    ]);
  });

  test('of what the guard did leaves out what every minute has', () => {
    const log = [...LOG, line(3, { event: 'alert.sent', level: 'INFO' })];
    expect(rowsOf(QUERIES['what the guard did'], log).map(({ event }) => event)).toEqual(['alert.sent']);
  });

  test('counts failures by class', () => {
    const failed = { event: 'check.done', kind: 'failed', class: 'dns', code: 'ENOTFOUND' };
    expect(rowsOf(QUERIES['failures by class'], [line(0, failed), line(1, failed)])).toMatchObject([
      { database: 'orders', class: 'dns', code: 'ENOTFOUND', failures: 2 },
    ]);
  });
});
