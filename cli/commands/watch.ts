import { appendFile } from 'node:fs/promises';
import { counted } from '../../lambda/shared/format.ts';
import { defineCommand } from '../command.ts';
import { connectionFor, connectionOptions } from '../connection/connect.ts';
import { EXIT } from '../exit-code.ts';
import { duration, flag, type OptionValues, text } from '../options.ts';
import { reclaimOptions, reclaimWith, thresholdOptions, thresholdOverride } from '../policy-options.ts';
import { withObserver } from '../take-sample.ts';
import { UsageError } from '../usage-error.ts';

import { watchLoop } from '../watch/loop.ts';
import { viewFor } from '../watch/view.ts';

const options = {
  interval: duration('--interval <duration>', 'between two looks (default 30s); from warning on every 5s', {
    minimum: 0.1,
    maximum: 86_400,
  }),
  terminate: flag('--terminate', 'end stale sessions from the level critical on'),
  dryRun: flag('--dry-run', 'show what --terminate would end'),
  metricsFile: text('--metrics-file <file>', 'append each look to it, one JSON document a line'),
  ...thresholdOptions,
  ...reclaimOptions,
  ...connectionOptions,
};

/** Looks again and again, and ends stale sessions when told to. */
export const watchCommand = defineCommand({
  name: 'watch',
  summary: 'Look every 30 s: chart, states, holders, alerts; --terminate ends stale sessions',
  description:
    'A live judged in a terminal, a line for each look in a pipe. Goes on through restarts, a full server and a lost ' +
    'network, on one session that it keeps, which is its seat while the server fills up. From level warning on it looks ' +
    'every 5 s. --terminate ends stale sessions by the rules of reclaim, with the options below; the audit lines (JSON) ' +
    'go to standard error when that is a file. Ctrl-C and SIGTERM end it.',
  options,
  examples: [
    ['rds-connection-guard watch orders', 'the live judged'],
    ['rds-connection-guard watch orders --warning 100 --critical 150 --dry-run', 'see what would be ended'],
    [
      'rds-connection-guard watch orders --terminate --idle-for 5m --except-role reporting',
      'end stale sessions',
    ],
    [
      'rds-connection-guard watch orders --interval 30 --metrics-file metrics.jsonl > watch.log',
      'in the background',
    ],
  ],
  exitCodes: [
    [EXIT.ok, 'ended by Ctrl-C or SIGTERM'],
    [EXIT.unknown, 'could not begin'],
  ],
  run: async (values, name, context) => {
    const mode = modeOf(values);
    const thresholds = thresholdOverride(values);
    const metricsFile = values.metricsFile ?? null;
    const connection = await connectionFor(
      values,
      name,
      (written) => ({
        ...thresholds(written),
        // Without a word on the command line nobody is ended, whatever the function may do.
        reclaim: mode === null ? { mode: 'off' } : reclaimWith(values, mode, written.reclaim),
      }),
      context,
    );
    if (metricsFile !== null) await mustBeWritable(metricsFile);
    const view = viewFor(context);
    try {
      const { looks, ended } = await withObserver(connection, context, (observer) =>
        watchLoop(observer, connection, { interval: values.interval ?? 30, metricsFile }, view, context),
      );
      view.close();
      const acted = mode === 'terminate' ? `, ended ${counted(ended, 'session')}` : '';
      context.err(`${counted(looks, 'look')}${acted}`);
      return EXIT.ok;
    } finally {
      view.close();
    }
  },
});

function modeOf(values: OptionValues<typeof options>): 'terminate' | 'dry-run' | null {
  if (values.dryRun) return 'dry-run';
  if (values.terminate) return 'terminate';
  const given = Object.entries(reclaimOptions).find(([name]) => isGiven(name, values));
  if (given === undefined) return null;
  const [flag] = given[1].flags.split(' ');
  throw new UsageError(`${flag} says which sessions to end: add --terminate, or --dry-run to see only`);
}

function isGiven(name: string, values: Readonly<Record<string, unknown>>): boolean {
  const value = values[name];
  return Array.isArray(value) ? value.length > 0 : value !== undefined;
}

async function mustBeWritable(file: string): Promise<void> {
  try {
    await appendFile(file, '');
  } catch (cause) {
    const words = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(`--metrics-file ${file} cannot be written: ${words}`, { cause });
  }
}
