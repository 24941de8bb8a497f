import { describe, expect, test } from 'vitest';
import { assess } from '../../../lambda/assess/assess.ts';
import { emptyMemory, type Memory } from '../../../lambda/model/memory.ts';
import type { Observation, SessionGroup } from '../../../lambda/model/observation.ts';
import { logHolders } from '../../../lambda/run/holders-log.ts';
import { jsonLog } from '../../../lambda/shared/log.ts';
import { database, group, refusal, START, sample } from '../report/situations.ts';

/** A line as CloudWatch Logs gets it. */
interface Line {
  readonly event: string;
  readonly holders: readonly Record<string, unknown>[];
  readonly [field: string]: unknown;
}

/** Checks one observation after the other, and returns the lines that were written, as text. */
function linesOf(observations: readonly Observation[], settings: object = {}, learned = {}): string[] {
  const db = database(settings);
  const lines: string[] = [];
  let memory: Memory = { ...emptyMemory(START), learned: { until: 0, server: null, scores: learned } };
  for (const observation of observations) {
    const now = observation.at;
    const log = jsonLog(
      (line) => lines.push(line),
      () => now,
    );
    const assessment = assess({ observation, database: db, memory, now });
    const parts = { database: db, log, notify: async () => {}, onFault: () => {} };
    logHolders(
      { ...parts, clock: { now: () => now, sleep: async () => {} } },
      observation,
      assessment,
      memory,
    );
    memory = assessment.memory;
  }
  return lines;
}

const parsed = (lines: readonly string[]): Line[] => lines.map((line): Line => JSON.parse(line));

const withGroups = (groups: readonly SessionGroup[]) => [sample(START, groups.length, { groups })];

describe('the line of who held the slots', () => {
  test('is written at the first sample of each minute and at no other, across runs and whatever the interval', () => {
    const every5s = Array.from({ length: 37 }, (_, index) => sample(START + 23_000 + index * 5000, 20));
    const written = parsed(linesOf(every5s)).map(({ sampled }) => sampled);
    expect(written).toEqual([
      '2026-11-23T20:00:23.000Z',
      '2026-11-23T20:01:03.000Z',
      '2026-11-23T20:02:03.000Z',
      '2026-11-23T20:03:03.000Z',
    ]);
  });

  test('names the holders by application, role and client, most sessions first, and leaves out what they have not', () => {
    const [line] = parsed(
      linesOf(
        withGroups([
          group(7, {
            application: 'checkout-api',
            client: '10.0.3.17',
            state: 'idle',
            oldestStateAge: 412.4,
          }),
          group(3, { application: 'checkout-api', client: '10.0.3.17', state: 'active', oldestStateAge: 1 }),
          group(2, { application: '', role: null, client: null, state: 'active' }),
        ]),
        { thresholds: { warning: 100, critical: 150 } },
      ),
    );
    expect(line).toMatchObject({
      event: 'check.holders',
      version: 1,
      held: 'ok',
      warning: 100,
      critical: 150,
    });
    expect(line?.holders).toEqual([
      {
        application: 'checkout-api',
        role: 'orders_app',
        client: '10.0.3.17',
        sessions: 10,
        idle: 7,
        oldestIdle: 412,
      },
      { sessions: 2, idle: 0 },
    ]);
    expect(line).not.toHaveProperty('otherHolders');
    expect(line).not.toHaveProperty('scores');
  });

  test('names 20 holders and counts the others, and stays below 24 kB whatever the names are', () => {
    const hostile = '\u0000"\\\u202e😀'.repeat(20_000);
    const groups = Array.from({ length: 30 }, (_, index) =>
      group(40 - index, { application: `${index}${hostile}`, role: hostile, client: hostile }),
    );
    const [text = ''] = linesOf(withGroups(groups));
    const [line] = parsed([text]);
    expect(line?.holders).toHaveLength(20);
    expect(line).toMatchObject({ otherHolders: 10, otherSessions: 155 });
    expect(Buffer.byteLength(text)).toBeLessThan(24_000);
  });

  test('has the scores of the rules, over all applications, wherever reclaim is not off', () => {
    const learned = {
      pool1: { rhythm: [60.25, 0.5, 3], 'once>5': [12, 0, 3] },
      'pool1.shape': { rhythm: [60.25, 0.5, 3] },
      pool2: { rhythm: [10, 0, 3] },
    };
    const [line] = parsed(linesOf([sample(START, 20)], { reclaim: { mode: 'dry-run' } }, learned));
    expect(line?.['scores']).toEqual([
      { rule: 'rhythm', tried: 70.3, wrong: 0.5 },
      { rule: 'once>5', tried: 12, wrong: 0 },
    ]);
  });

  test('is not written of a server that refuses the guard: it has seen no holder', () => {
    expect(linesOf([refusal(START, 'all-slots')])).toEqual([]);
  });
});
