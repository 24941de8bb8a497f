import { printable } from '../../lambda/shared/printable.ts';
import { defineCommand } from '../command.ts';
import { connectionFor } from '../connection/connect.ts';
import type { Connection } from '../connection/connection.ts';
import { connectionOptions } from '../connection/options.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { type Headroom, headroomOf, renderHeadroom } from '../fit/headroom.ts';
import { type NoSample, sampleFor } from '../fit/sampling.ts';
import { count, duration, flag, text } from '../options.ts';
import { withObserver } from '../take-sample.ts';
import { UsageError } from '../usage-error.ts';
import { noSampleWords } from '../view/words.ts';

const EXIT_CODES: Readonly<Record<Headroom['verdict'], ExitCode>> = {
  fits: EXIT.ok,
  tight: EXIT.warning,
  'does-not-fit': EXIT.critical,
};

/** A gate for pipelines: whether the sessions of a rollout fit. */
export const headroomCommand = defineCommand({
  name: 'headroom',
  summary: 'Whether so many more sessions fit: a gate for deployments',
  description:
    'Counts what is free: the usable slots less what is used, what the budgets of guard.config.ts promise to other ' +
    'applications and they do not use now, and the reserve. Prints the sum, and says by its exit code whether the ' +
    'sessions that are about to be opened fit. Needs no AWS, and no more than the role of the guard.',
  options: {
    need: count('--need <sessions>', 'how many more sessions are about to be opened', 0, 262_143),
    application: text(
      '--application <budget>',
      'the budget whose sessions they are: its own promise is theirs',
    ),
    for: duration('--for <duration>', 'sample every second for so long and take the most (default: once)', {
      maximum: 3600,
    }),
    json: flag('--json', 'one JSON document instead of the sum'),
    ...connectionOptions,
  },
  examples: [
    ['rds-connection-guard headroom orders --need 60', 'before a rollout that opens 60 more sessions'],
    [
      'rds-connection-guard headroom orders --need 60 --application checkout-api --for 2m',
      'sessions of a budget, beside the peak of two minutes',
    ],
  ],
  exitCodes: [
    [EXIT.ok, 'they fit'],
    [EXIT.warning, 'they fit only beyond the warning threshold'],
    [EXIT.critical, 'they do not fit, or the server is full'],
    [EXIT.unknown, 'could not tell: no sample, or a mistake in the command line'],
  ],
  run: async (values, name, context) => {
    const { need, application } = values;
    if (need === undefined) throw new UsageError('how many sessions? Give --need');
    const connection = await connectionFor(values, name, () => ({}), context);
    const { database } = connection;
    if (application !== undefined && !database.budgets.some((budget) => budget.name === application)) {
      const names = database.budgets.map((budget) => budget.name).join(', ') || 'none';
      throw new UsageError(`${database.name} has no budget ${application}; its budgets: ${names}`);
    }
    return await withObserver(connection, context, async (observer) => {
      const samples = await sampleFor(observer, values.for ?? 0, connection, context);
      if ('kind' in samples) return explain(samples, connection, values.json, context);
      const headroom = headroomOf(database, samples, need, application ?? null);
      context.out(values.json ? JSON.stringify(headroom, null, 2) : renderHeadroom(headroom).join('\n'));
      return EXIT_CODES[headroom.verdict];
    });
  },
});

/** A full server has no room, which is an answer; of one that was not seen nothing is known. */
function explain(
  observation: NoSample,
  connection: Connection,
  json: boolean,
  { err, out }: Pick<Context, 'err' | 'out'>,
): ExitCode {
  const { database } = connection;
  const name = printable(database.name, 100);
  const { what, hint } = noSampleWords(observation, connection);
  if (observation.kind === 'refused') {
    const verdict: Headroom['verdict'] = 'does-not-fit';
    if (json)
      out(JSON.stringify({ database: database.name, verdict, refusedBy: observation.limit }, null, 2));
    else out(`${name}: no more sessions fit: ${what}`);
    err(`now: ${hint}`);
    return EXIT_CODES[verdict];
  }
  err(`${name}: ${what}\nnow: ${hint}`);
  return EXIT.unknown;
}
