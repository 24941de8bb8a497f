import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../cli/usage-error.ts';
import { parseOptions } from '../../../local/incident/options.ts';

describe('the command line of the replay', () => {
  it('gives slots back by default', () => {
    expect(parseOptions([])).toEqual({ json: false, reclaim: 'terminate', help: false, phase: 0 });
  });

  it.each([
    [['--without-reclaim'], 'off'],
    [['--reclaim', 'off'], 'off'],
    [['--reclaim=dry-run'], 'dry-run'],
    [['--reclaim', 'terminate'], 'terminate'],
  ])('%j means reclaim %s', (args, reclaim) => {
    expect(parseOptions(args).reclaim).toBe(reclaim);
  });

  it('begins at any phase of the minute', () => {
    expect(parseOptions(['--phase', '59']).phase).toBe(59);
  });

  it.each([
    [['--jsno'], /--jsno/],
    [['--reclaim', 'kill'], /off, dry-run, terminate; found "kill"/],
    [['--reclaim'], /--reclaim/],
    [['--without-reclaim', '--reclaim', 'off'], /contradict/],
    [['incident'], /incident/],
    [['--phase', '60'], /--phase is a whole number of seconds from 0 to 59; found "60"/],
    [['--json=yes'], /--json/],
  ])('%j is a mistake that is named', (args, message) => {
    expect(() => parseOptions(args)).toThrow(UsageError);
    expect(() => parseOptions(args)).toThrow(message);
  });
});
