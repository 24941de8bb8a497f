import { expect, test } from 'vitest';
import { judge } from '../../cli/judged.ts';
import { causeLines } from '../../cli/view/cause.ts';
import type { SessionRow } from '../../lambda/reclaim/list-sessions.ts';
import { rowOf } from '../lambda/reclaim/rows-of.ts';
import { database, START, sample } from '../lambda/report/situations.ts';
import { testContext } from './support.ts';

// 182 usable slots, warning from 128.
const { screen } = testContext({});
const idle = (idleFor: number, others: Partial<SessionRow> = {}): SessionRow =>
  rowOf({ role: 'web', application: '', client: '10.0.3.17', idleFor, startedFor: 900, ...others });
const linesFor = (used: number, rows: readonly SessionRow[], width: number | null = null) =>
  causeLines(judge({ database: database(), hasSecret: true }, sample(START, used)), rows, 'TERMINATE', {
    ...screen,
    width,
  });

test('from level warning on the likely cause stands with its evidence and the fix, and the mildest age that suffices', () => {
  const rows = Array.from({ length: 30 }, (_, pid) => idle(pid < 10 ? 400 : 100));
  const [blank, cause, first] = linesFor(140, rows);
  expect(blank).toBe('');
  expect(cause).toMatch(
    /^likely cause: Kept open after the request or task that used them\. .+ Django: CONN_MAX_AGE = 0/,
  );
  // 13 too many: the ten of over five minutes do not suffice.
  expect(first).toBe(
    'first step: TERMINATE --idle-for 60s   # shows 30 sessions that it would end, and asks',
  );
});

test('the command of the first step is never broken, and its comment is one to the shell when pasted', () => {
  const rows = Array.from({ length: 30 }, () => idle(100));
  expect(linesFor(140, rows, 40).slice(-2)).toEqual([
    'first step: TERMINATE --idle-for 60s',
    '# shows 30 sessions that it would end, and asks',
  ]);
});

test('where no idle session may be ended, the first step is to find what the active ones do', () => {
  const kept = [
    idle(900, { superuser: true }),
    idle(900, { listens: true }),
    idle(900, { role: 'rdsadmin' }),
  ];
  expect(linesFor(140, kept).at(-1)).toMatch(/^first step: no idle session can be ended, so find/);
});

test('at level ok there is nothing to say', () => {
  expect(linesFor(100, [idle(900)])).toEqual([]);
});
