import { expect, test } from 'vitest';
import { emptyReclaimMemory } from '../../../lambda/model/reclamation.ts';
import { audit } from '../../../lambda/reclaim/audit.ts';
import { jsonLog } from '../../../lambda/shared/log.ts';
import { rowOf } from './rows-of.ts';
import { policyOf } from './support.ts';

/** Of the length that PostgreSQL allows, and as long as a name can become in JSON. */
const name = (number: number) => `${number}${'\u0001'.repeat(63 - String(number).length)}`;

test('the audit of the largest pass, with the longest names, fits into events of CloudWatch, each session in one line', () => {
  const lines: string[] = [];
  const rows = Array.from({ length: 1000 }, (_, index) =>
    rowOf({
      role: name(index),
      database: name(index),
      application: name(index),
      client: `${'ffff:'.repeat(7)}ffff`,
    }),
  );
  const score = { tried: 70.123, wrong: 0.123, moments: 3, youngest: 0 };
  const prediction = {
    rule: 'used once 160',
    words: 'used once and idle for over 160 s',
    score,
    unlike: 0,
    isByTrials: false,
  };
  audit(
    {
      database: 'x'.repeat(63),
      policy: policyOf({ mode: 'terminate' }),
      level: 'critical',
      memory: {
        ...emptyReclaimMemory,
        paused: rows.slice(0, 20).map((row) => ({
          ...row,
          before: 100,
          since: Date.now(),
          ended: 100,
          opened: 100,
          until: Date.now(),
        })),
      },
      log: jsonLog((line) => lines.push(line), Date.now),
    },
    'reclaim.done',
    {
      at: 0,
      until: 1,
      used: 5000,
      choice: {
        chosen: rows.map((row) => ({ row, prediction, isCulprit: true, isTrial: false })),
        leftAlone: [],
        candidates: 1000,
        allowed: { other: 1, usedOnce: 1 },
        longestIdle: 1,
        limitedBy: null,
        culprits: rows,
        idleIsCause: true,
      },
      outcomes: rows.map(() => 'changed'),
      failure: new Error('\u0001'.repeat(500)),
    },
  );
  for (const line of lines) expect(Buffer.byteLength(line)).toBeLessThan(256 * 1024);
  const written = lines.map((line): { line: number; lines: number; sessions: { pid: number }[] } =>
    JSON.parse(line),
  );
  expect(written.map(({ line, lines: of }) => `${line} of ${of}`)).toEqual(
    written.map((_, index) => `${index + 1} of 10`),
  );
  expect(written.flatMap(({ sessions }) => sessions.map(({ pid }) => pid))).toEqual(
    rows.map(({ pid }) => pid),
  );
});
