import type { Context } from '../context.ts';
import { askLog, HistoryError, type Range } from './insights.ts';
import { functionLog, type LogOptions } from './log-group.ts';
import { historyQuery, type LogHistory, readLog } from './log-lines.ts';
import { localTime, localZone } from './time.ts';

/** What the function's log says of one database over a time; what is missing in it is noted on standard error. */
export async function historyOf(
  name: string,
  range: Range,
  options: LogOptions,
  context: Pick<Context, 'cwd' | 'env' | 'clock' | 'signal' | 'err'>,
): Promise<LogHistory> {
  const query = historyQuery(name);
  const log = await functionLog(options, context);
  const { messages, isCut } = await askLog(log, query, range, context);
  const history = readLog(messages);
  if (isCut)
    context.err('note: the log has more than the 10,000 lines that a query gives, so the oldest are missing');
  if (history.unknown > 0)
    context.err(`note: ${history.unknown} lines are of a version that this program does not understand`);
  if (history.lines.length > 0 || history.refused.length > 0) return history;
  throw new HistoryError(
    `nothing of ${name} in ${log.logGroup} from ${localTime(range.from)} to ${localTime(range.to)} (${localZone()}): ` +
      'was the function there, with a database of this name, and does its log reach back so far?',
  );
}
