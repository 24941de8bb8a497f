import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../cli/usage-error.ts';
import { emptyLedger } from '../../../local/incident/application/ledger.ts';
import { parseBenchOptions } from '../../../local/incident/bench-options.ts';
import { benchTable, worst } from '../../../local/incident/bench-table.ts';
import { broken, measure } from '../../../local/incident/contest.ts';
import { POLICIES } from '../../../local/incident/policies.ts';
import { ROWS } from '../../../local/incident/rows.ts';

describe('the command line of the comparison', () => {
  it('plays everything by default', () => {
    const { rows, policies, phases } = parseBenchOptions([]);
    expect(rows).toBe(ROWS);
    expect(policies).toBeNull();
    expect(phases).toBeNull();
  });

  it('plays only what is named', () => {
    const { rows, policies, phases } = parseBenchOptions([
      ...['--row', 'refill', '--row', 'burst'],
      ...['--policy', 'function', '--phase', '5', '--phase', '40'],
    ]);
    expect(rows.map(({ name }) => name)).toEqual(['burst', 'refill']);
    expect(policies?.map(({ name }) => name)).toEqual(['function']);
    expect(phases).toEqual([5, 40]);
  });

  it.each([
    [['--row', 'fire'], /--row is one of incident-a, .*; found "fire"/],
    [['--phase', '60'], /--phase is a whole number from 0 to 59; found "60"/],
    [['--seed', 'x'], /--seed is a whole number .*; found "x"/],
    [['--policy', 'hope'], /--policy is one of none, .*; found "hope"/],
    [['--json'], /--json/],
  ])('%j is a mistake that is named', (args, message) => {
    expect(() => parseBenchOptions(args)).toThrow(UsageError);
    expect(() => parseBenchOptions(args)).toThrow(message);
  });
});

describe('what a play says about its policy', () => {
  const measurement = (at: number, used: number) => ({
    at,
    used,
    guard: 0,
    active: 0,
    idleShortly: 0,
    idleLonger: used,
    inTransaction: 0,
  });
  const stage = {
    phase: 40,
    limits: { warning: 100, critical: 150, usable: 197 },
    measurements: [
      measurement(0, 120),
      measurement(10_000, 150),
      measurement(20_000, 197),
      measurement(30_000, 140),
    ],
    ledger: {
      ...emptyLedger(),
      requests: 8,
      refusedRequests: 2,
      refusedAt: [20_100, 20_200, 20_300],
      endedAt: [5_000, 12_500, 25_000],
      cut: new Map([['open tabs', 2]]),
    },
  };

  it('counts the time to the first slot back from level critical on', () => {
    expect(measure(stage)).toEqual({
      phase: 40,
      peakUsed: 197,
      refusedLogins: 3,
      refusedPercent: 25,
      firstRefused: 20_100,
      ended: 3,
      cut: { 'open tabs': 2 },
      livingSessionsCut: 2,
      firstSlotBack: 2500,
      full: 7500,
    });
  });

  it('says so when no slot came back', () => {
    expect(measure({ ...stage, ledger: emptyLedger() }).firstSlotBack).toBeNull();
  });
});

describe('the table of the comparison', () => {
  const result = { ...broken(0, new Error('')), failures: [] };
  const row = ROWS[0];
  if (!row) throw new Error('no rows');

  it('shows of several plays the one that cut most, then the one that refused most', () => {
    const cut = { ...result, phase: 10, livingSessionsCut: 1 };
    const refused = { ...result, phase: 20, refusedLogins: 9, firstSlotBack: 1500 };
    expect(worst([result, refused, cut])).toBe(cut);
    expect(worst([result, refused])).toBe(refused);
    expect(worst([])).toBeUndefined();
    const results = new Map([['function', [result, refused]]]);
    const lines = benchTable([{ row, results }], POLICIES);
    expect(lines).toContain(`| ${row.name} |  |  |  |  | 9 (0.0%) / 0 / 0 / 1.5 s |  |`);
  });

  it('says which result is void', () => {
    const results = new Map([['none', [broken(0, new Error('no server'))]]]);
    expect(benchTable([{ row, results }], POLICIES).join('\n')).toContain('| void: 0 / 0 / 0 / never |');
  });
});
