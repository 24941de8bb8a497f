import { Command } from 'commander';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defineCommand } from '../../cli/command.ts';
import { parseDuration } from '../../cli/duration.ts';
import { choice, count, duration, flag, list, text } from '../../cli/options.ts';
import { runCommand, testContext } from './support.ts';

const options = {
  json: flag('--json', 'JSON'),
  url: text('--url <url>', 'where'),
  role: list('--role <name>', 'roles'),
  idleFor: duration('--idle-for <duration>', 'how long', { minimum: 0, maximum: 3600 }),
  limit: count('-n, --limit <n>', 'how many', 1, 100),
  by: choice('--by <column>', ['role', 'application'], 'split'),
};

/** What a command with these options is given for a command line. */
async function read(...argv: string[]) {
  let given: unknown;
  const add = defineCommand({
    name: 'try',
    summary: '',
    description: '',
    options,
    examples: [],
    exitCodes: [],
    run: async (values, name) => {
      given = { values, name };
      return 0;
    },
  });
  const program = new Command().exitOverride().configureOutput({ outputError: () => {} });
  add(program, testContext({}), () => {});
  await program.parseAsync(['try', ...argv], { from: 'user' });
  return given;
}

describe('options', () => {
  test('take their values with = or after a space, lists by repetition and by commas', async () => {
    const written = '--json orders --url=postgres://h --role a,b --role=c --idle-for 1m30s --by role -n 5';
    expect(await read(...written.split(' '))).toEqual({
      values: {
        json: true,
        url: 'postgres://h',
        role: ['a', 'b', 'c'],
        idleFor: 90,
        limit: 5,
        by: 'role',
      },
      name: 'orders',
    });
    expect(await read('--role', '')).toMatchObject({ values: { json: false, role: [''], limit: undefined } });
  });

  test.each([
    [['--idlefor', '3'], /unknown option '--idlefor'\n\(Did you mean --idle-for\?\)/],
    [['--jsno'], /unknown option '--jsno'\n\(Did you mean --json\?\)/],
    [['--quite-another-thing'], /unknown option '--quite-another-thing'$/],
    [['--once'], 'there is no option --once: one sample is the command check'],
    [['--password', 'x'], 'there is no option --password: use PGPASSWORD or ~/.pgpass'],
    [['--toString'], "unknown option '--toString'"],
    [['-x'], "unknown option '-x'"],
    [['--url'], "option '--url <url>' argument missing"],
    [['--url', '--json'], "option '--url <url>' argument missing before --json"],
    [['--url='], "option '--url <url>' argument missing"],
    [['--idle-for', 'soon'], "--idle-for takes a duration such as 30, 90s, 5m, 1h30m or 2d, not 'soon'"],
    [['--idle-for', '2h'], "--idle-for takes 0 to 3600 seconds, not '2h'"],
    [['--limit', '0'], "--limit takes a whole number from 1 to 100, not '0'"],
    [['-n', '1e1'], "--limit takes a whole number from 1 to 100, not '1e1'"],
    [['--by', 'rolle'], "--by takes one of role, application, not 'rolle'"],
    [['a', 'b'], "too many arguments for 'try'. Expected 1 argument but got 2."],
  ])('refuse %j', async (argv, message) => {
    await expect(read(...argv)).rejects.toThrow(message);
  });

  test('nothing that is written makes the command line throw, or say more than a line', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.string(), fc.constantFrom('--url', '--limit=3', '--', '-', '--by', '-h'))),
        async (argv) => {
          const { code, err } = await runCommand(['setup-sql', ...argv], {});
          expect([0, 3]).toContain(code);
          if (code === 3) expect(err.split('\n')).toHaveLength(1);
        },
      ),
      { numRuns: 50 },
    );
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
});
