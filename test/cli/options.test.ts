import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatDuration, parseDuration } from '../../cli/duration.ts';
import { nearest } from '../../cli/nearest.ts';
import { choice, count, duration, flag, list, parseOptions, text } from '../../cli/options.ts';
import { UsageError } from '../../cli/usage-error.ts';

const table = {
  json: flag('JSON'),
  url: text('url', 'where'),
  role: list('name', 'roles'),
  'idle-for': duration('how long', { minimum: 0, maximum: 3600 }),
  limit: count('how many', 1, 100),
  by: choice(['role', 'application'], 'split'),
};

const read = (...argv: string[]) => parseOptions(table, argv, { once: 'that is the command check' });

describe('options', () => {
  test('take their values with = or after a space, lists by repetition and by commas', () => {
    const { values, positionals } = read(
      ...[
        '--json',
        'orders',
        '--url=postgres://h',
        '--role',
        'a,b',
        '--role=c',
        '--idle-for',
        '1m30s',
        '--by',
        'role',
      ],
    );
    expect(values).toEqual({
      json: true,
      url: 'postgres://h',
      role: ['a', 'b', 'c'],
      'idle-for': 90,
      limit: undefined,
      by: 'role',
    });
    expect(positionals).toEqual(['orders']);
  });

  test.each([
    [['--idlefor', '3'], 'there is no option --idlefor; did you mean --idle-for?'],
    [['--idle', '3'], 'there is no option --idle; did you mean --idle-for?'],
    [['--jsno'], 'there is no option --jsno; did you mean --json?'],
    [['--quite-another-thing'], 'there is no option --quite-another-thing'],
    [['--once'], 'there is no option --once: that is the command check'],
    [['--toString'], 'there is no option --toString'],
    [['-x'], 'there is no option -x'],
    [['--url'], '--url needs a value: --url <url>'],
    [['--url', '--json'], '--url needs a value: --url <url>'],
    [['--url='], '--url needs a value: --url <url>'],
    [['--json=yes'], '--json is a switch and takes no value'],
    [['--idle-for', 'soon'], "--idle-for takes a duration such as 30, 90s, 5m, 1h30m or 2d, not 'soon'"],
    [['--idle-for', '2h'], "--idle-for takes 0 to 3600 seconds, not '2h'"],
    [['--limit', '0'], "--limit takes a whole number from 1 to 100, not '0'"],
    [['--limit', '1e1'], "--limit takes a whole number from 1 to 100, not '1e1'"],
    [['--by', 'rolle'], '--by takes one of role, application; did you mean role?'],
  ])('refuse %j', (argv, message) => {
    expect(() => read(...argv)).toThrow(new UsageError(message));
  });

  test('nothing that is written makes the reader throw anything but a usage error', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.string(), fc.constantFrom('--url', '--limit=3', '--', '-', '--by'))),
        (argv) => {
          try {
            read(...argv);
          } catch (error) {
            expect(error).toBeInstanceOf(UsageError);
          }
        },
      ),
    );
  });
});

describe('nearest', () => {
  test('finds the word with two letters swapped, one dropped, one added, or cut short', () => {
    const words = ['interval', 'idle-for', 'metrics-file'];
    for (const word of ['intreval', 'interal', 'intervall', 'int'])
      expect(nearest(word, words)).toBe('interval');
    expect(nearest('metricsfile', words)).toBe('metrics-file');
    expect(nearest('xyz', words)).toBeNull();
  });
});

describe('durations', () => {
  test.each([
    ['30', 30],
    ['90s', 90],
    ['5m', 300],
    ['1h30m', 5400],
    ['1.5h', 5400],
    ['500ms', 0.5],
    ['2d', 172_800],
    ['0s', 0],
  ])('%s is %d seconds', (written, seconds) => expect(parseDuration(written)).toBe(seconds));

  test.each(['', 's', '5 m', '-5s', '5m5m', '30m1h', '1e3', '5M', '0x10'])('%j is none', (written) =>
    expect(parseDuration(written)).toBeNull(),
  );

  test('what is shown reads back as the same, but for the units left out', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000_000 }), (seconds) => {
        const back = parseDuration(formatDuration(seconds)) ?? Number.NaN;
        expect(seconds - back).toBeGreaterThanOrEqual(0);
        expect(seconds - back).toBeLessThan(seconds < 3600 ? 1 : seconds < 86_400 ? 60 : 3600);
      }),
    );
  });
});
