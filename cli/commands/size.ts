import { holdersOf } from '../../lambda/model/holders.ts';
import { printable } from '../../lambda/shared/printable.ts';
import { defineCommand } from '../command.ts';
import { connectionFor } from '../connection/connect.ts';
import { connectionOptions } from '../connection/options.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit-code.ts';
import { type HolderSample, renderPoolSizes, sizePools } from '../fit/pool-size.ts';
import { sampleFor } from '../fit/sampling.ts';
import { historyOf } from '../history/history-of.ts';
import { type LogOptions, logGroupOption } from '../history/log-group.ts';
import { readMetricsFile } from '../metrics-file.ts';
import { duration, flag, text } from '../options.ts';
import { withObserver } from '../take-sample.ts';
import { UsageError } from '../usage-error.ts';
import { noSampleWords } from '../view/words.ts';

const WATCH_FOR = 60;

/** Which pools are larger than their work. */
export const sizeCommand = defineCommand({
  name: 'size',
  summary: 'Which pools are larger than their work, and what size would do',
  description:
    'Watches for a while, or reads the log of the deployed function or the metrics file of an earlier watch, and says for each application the most ' +
    'sessions at once, the most that worked at once, and which pool would have done.',
  options: {
    for: duration('--for <duration>', `watch for so long, a sample every second (default ${WATCH_FOR}s)`, {
      minimum: 1,
      maximum: 86_400,
    }),
    since: duration(
      '--since <duration>',
      'read so much of the log of the deployed function, instead of watching',
      {
        minimum: 120,
        maximum: 31 * 86_400,
      },
    ),
    logGroup: logGroupOption,
    metricsFile: text('--metrics-file <file>', 'read what watch --metrics-file wrote, instead of watching'),
    json: flag('--json', 'one JSON document instead of the table'),
    ...connectionOptions,
  },
  examples: [
    ['rds-connection-guard size orders --for 10m', 'watch ten minutes, best in a busy hour'],
    [
      'rds-connection-guard size orders --since 7d',
      'from the log of the deployed function, with your AWS credentials',
    ],
    ['rds-connection-guard size --metrics-file metrics.jsonl', 'from a day of watch --metrics-file'],
  ],
  exitCodes: [
    [EXIT.ok, 'told'],
    [EXIT.critical, 'the server is full and refuses logins'],
    [EXIT.unknown, 'could not tell: no sample, or a mistake in the command line'],
  ],
  run: async (values, name, context) => {
    const report = (samples: readonly HolderSample[]) => {
      const use = values.json
        ? JSON.stringify(sizePools(samples), null, 2)
        : renderPoolSizes(samples).join('\n');
      context.out(use);
      return EXIT.ok;
    };
    const sources = (['for', 'since', 'metricsFile'] as const).filter((key) => values[key] !== undefined);
    if (sources.length > 1)
      throw new UsageError('--for, --since and --metrics-file are three sources: give one of them');
    if (values.since !== undefined) return report(await samplesOfLog(name, values.since, values, context));
    if (values.metricsFile !== undefined) return report(await samplesOf(values.metricsFile));
    const connection = await connectionFor(values, name, () => ({}), context);
    return await withObserver(connection, context, async (observer) => {
      const samples = await sampleFor(observer, values.for ?? WATCH_FOR, connection, context);
      if (!('kind' in samples)) {
        return report(samples.map(({ at, groups }) => ({ at, holders: holdersOf(groups) })));
      }
      const { what, hint } = noSampleWords(samples, connection);
      context.err(`${printable(connection.database.name, 100)}: ${what}\nnow: ${hint}`);
      return samples.kind === 'refused' ? EXIT.critical : EXIT.unknown;
    });
  },
});

/** The lines of the log have the 20 largest holders of each minute. */
async function samplesOfLog(
  name: string | null,
  seconds: number,
  options: LogOptions,
  context: Context,
): Promise<HolderSample[]> {
  if (name === null) throw new UsageError('size of which database? Write size <name> --since 7d');
  const now = context.clock.now();
  const { lines } = await historyOf(name, { from: now - seconds * 1000, to: now }, options, context);
  const unnamed = Math.max(0, ...lines.map(({ otherSessions }) => otherSessions));
  if (unnamed > 0)
    context.err(
      `note: the log names 20 holders a minute: up to ${unnamed} sessions of smaller ones are not in it`,
    );
  return lines.map(({ sampled, holders }) => ({ at: sampled, holders }));
}

async function samplesOf(file: string): Promise<HolderSample[]> {
  const samples: HolderSample[] = [];
  for await (const { at, holders } of readMetricsFile(file)) samples.push({ at, holders });
  if (samples.length > 0) return samples;
  throw new UsageError(`--metrics-file ${file} has no sample in it: is it what watch --metrics-file wrote?`);
}
