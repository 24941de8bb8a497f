import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../cli/usage-error.ts';
import { emptyLedger } from '../../../local/incident/application/ledger.ts';
import { parseBenchOptions } from '../../../local/incident/bench-options.ts';
import { measure } from '../../../local/incident/contest.ts';

describe('the command line of the comparison', () => {
  it('plays everything unless told otherwise', () => {
    const { scenarios, policies } = parseBenchOptions([]);
    expect(scenarios.map(({ name }) => name)).toEqual([
      'incident',
      'slow-leak',
      'burst',
      'burst-seat',
      'stuck',
      'refill',
    ]);
    expect(policies.map(({ name }) => name)).toEqual(['off', 'script', 'server', 'guard', 'guard-tx']);
  });

  it('plays only what is named', () => {
    const { scenarios, policies } = parseBenchOptions([
      ...['--scenario', 'refill', '--scenario', 'burst'],
      ...['--policy', 'guard'],
    ]);
    expect(scenarios.map(({ name }) => name)).toEqual(['burst', 'refill']);
    expect(policies.map(({ name }) => name)).toEqual(['guard']);
  });

  it.each([
    [['--scenario', 'fire'], /--scenario is one of incident, .*; found "fire"/],
    [['--policy', 'hope'], /--policy is one of off, .*; found "hope"/],
    [['--json'], /--json/],
  ])('%j is a mistake that is named', (args, message) => {
    expect(() => parseBenchOptions(args)).toThrow(UsageError);
    expect(() => parseBenchOptions(args)).toThrow(message);
  });
});

describe('what a play says about its policy', () => {
  const reading = (at: number, used: number) => ({
    ...{ at, used, guard: 0, active: 0, idleShortly: 0, idleLonger: used, inTransaction: 0 },
  });
  const stage = {
    startedAt: 1_000_000,
    limits: { warning: 100, critical: 150, usable: 197 },
    readings: [reading(0, 120), reading(10_000, 150), reading(20_000, 197), reading(30_000, 140)],
    ledger: { ...emptyLedger(), refusedLogins: 7, endedAt: [1_005_000, 1_012_500, 1_025_000] },
  };

  it('counts the time to the first slot back from level critical on', () => {
    expect(measure(stage)).toEqual({
      peakUsed: 197,
      refusedLogins: 7,
      ended: 3,
      healthyClientsCut: 0,
      firstSlotBack: 2500,
      full: 7500,
    });
  });

  it('says so when no slot came back', () => {
    expect(measure({ ...stage, ledger: emptyLedger() }).firstSlotBack).toBeNull();
  });
});
