import { defineCommand } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { historyOf } from '../history/history-of.ts';
import type { Range } from '../history/insights.ts';
import { configOption, logGroupOption } from '../history/log-group.ts';
import type { LogHistory } from '../history/log-lines.ts';
import { MOMENT_FORMS, parseMoment } from '../history/time.ts';
import { duration, flag, type OptionValues, text } from '../options.ts';
import { UsageError } from '../usage-error.ts';
import { renderMoment, renderSpan } from '../view/history.ts';

const MINUTE = 60_000;

/** How far before a moment to read, for what grew since; in ms. */
const BEFORE = 12 * MINUTE;

const TWO_HOURS = 7200;

/** A log that is kept a month has no more. */
const LONGEST = 31 * 86_400;

const options = {
  at: text('--at <moment>', `who held the slots then: ${MOMENT_FORMS}`),
  since: duration('--since <duration>', 'the time until now, or until --until (default 2h)', {
    minimum: 120,
    maximum: LONGEST,
  }),
  until: text('--until <moment>', 'where the time ends (default now)'),
  logGroup: logGroupOption,
  config: configOption,
  json: flag('--json', 'one JSON document instead of the picture'),
};

/** Who held the slots, later: asks the function's log. */
export const historyCommand = defineCommand({
  name: 'history',
  summary: 'Who held the slots at a moment or over a time, from the function’s log',
  names: 'a database that the function watches',
  description:
    'Asks the log of the deployed function, by CloudWatch Logs Insights and with the AWS credentials of your environment. ' +
    'The log has one line a minute. Times are read and shown in the time zone of this machine.',
  options,
  examples: [
    ["rds-connection-guard history orders --at '03:12'", 'who held the slots at twelve past three'],
    ['rds-connection-guard history orders --since 2h', 'the last two hours as a chart'],
  ],
  exitCodes: [
    [EXIT.ok, 'told'],
    [EXIT.unknown, 'could not tell: the log has nothing of that time, or could not be asked'],
  ],
  run: async (values, name, context) => {
    if (name === null) throw new UsageError('history of which database? Write history <name> --since 2h');
    if (values.at !== undefined && (values.since !== undefined || values.until !== undefined))
      throw new UsageError('--at is one moment: --since and --until are for a time');
    const now = context.clock.now();
    const at = values.at === undefined ? null : parseMoment('--at', values.at, now);
    const range = at === null ? spanOf(values, now) : { from: at - BEFORE, to: Math.min(now, at + MINUTE) };
    const whole = await historyOf(name, range, values, context);
    const history = at === null ? whole : upTo(whole, at);
    if (values.json) context.out(JSON.stringify(jsonOf(name, history, range, at), null, 2));
    else if (at === null) context.out(renderSpan(name, history, range, context.screen).join('\n'));
    else context.out(renderMoment(name, history, at, context.screen).join('\n'));
    return EXIT.ok;
  },
});

function spanOf({ since, until }: OptionValues<typeof options>, now: number): Range {
  const to = until === undefined ? now : parseMoment('--until', until, now);
  return { from: to - (since ?? TWO_HOURS) * 1000, to };
}

/** The history up to the line that is nearest to a moment. */
function upTo({ lines, ...others }: LogHistory, at: number): LogHistory {
  const distances = lines.map(({ sampled }) => Math.abs(sampled - at));
  return { ...others, lines: lines.slice(0, distances.indexOf(Math.min(...distances)) + 1) };
}

/** Moments as ISO 8601; of a moment only the line that is nearest. */
function jsonOf(database: string, { lines, refused }: LogHistory, { from, to }: Range, at: number | null) {
  const iso = (moment: number) => new Date(moment).toISOString();
  return {
    database,
    ...(at === null ? { from: iso(from), to: iso(to) } : { at: iso(at) }),
    lines: (at === null ? lines : lines.slice(-1)).map(({ sampled, ...line }) => ({
      sampled: iso(sampled),
      ...line,
    })),
    refused: refused.map(iso),
  };
}
