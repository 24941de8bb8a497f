import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { printable } from '../../lambda/shared/printable.ts';
import { toError } from '../../lambda/shared/to-error.ts';
import { credentialTrouble } from '../connection/aws-error.ts';
import type { Context } from '../context.ts';

/** A query is given up and stopped after this, in ms; most take a few seconds. */
const PATIENCE = 60_000;

/** Between two questions whether it is done, in ms: soon at first, then slowly. */
const POLLS = { first: 250, longest: 2000 };

/** Which log is asked, and by which client. */
export interface Log {
  readonly client: CloudWatchLogsClient;
  readonly logGroup: string;
}

/** A stretch of time, ms since the epoch, both ends in it. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** What a query answered. */
export interface Answer {
  /** The log lines that matched. */
  readonly messages: readonly string[];
  /** More events matched than a query gives. */
  readonly isCut: boolean;
}

/** Thrown when CloudWatch Logs could not be asked or gave no answer; says what to do about it. */
export class HistoryError extends Error {
  override readonly name = 'HistoryError';
}

/**
 * Runs one query of CloudWatch Logs Insights, which gives `@message`, to its end.
 *
 * @throws {HistoryError}
 */
export async function askLog(
  { client, logGroup }: Log,
  query: string,
  { from, to }: Range,
  { clock, signal }: Pick<Context, 'clock' | 'signal'>,
): Promise<Answer> {
  const { GetQueryResultsCommand, StartQueryCommand, StopQueryCommand } = await import(
    '@aws-sdk/client-cloudwatch-logs'
  );
  try {
    const { queryId } = await client.send(
      new StartQueryCommand({
        logGroupName: logGroup,
        queryString: query,
        startTime: Math.floor(from / 1000),
        endTime: Math.ceil(to / 1000),
      }),
      { abortSignal: signal },
    );
    const until = clock.now() + PATIENCE;
    for (let pause = POLLS.first; ; pause = Math.min(POLLS.longest, pause * 1.5)) {
      const { status, results, statistics } = await client.send(new GetQueryResultsCommand({ queryId }), {
        abortSignal: signal,
      });
      if (status === 'Complete') {
        const messages = (results ?? []).flatMap(
          (row) => row.find(({ field }) => field === '@message')?.value ?? [],
        );
        return { messages, isCut: (statistics?.recordsMatched ?? 0) > messages.length };
      }
      if (status !== 'Running' && status !== 'Scheduled')
        throw new HistoryError(`the query of the log ended as ${status}: ask for a shorter time`);
      if (clock.now() >= until) {
        await client.send(new StopQueryCommand({ queryId }), { abortSignal: signal });
        throw new HistoryError(
          `the log gave no answer in ${PATIENCE / 1000} s, and the query was stopped: ask for a shorter time`,
        );
      }
      await clock.sleep(pause, signal);
    }
  } catch (error) {
    throw inWords(error, logGroup);
  }
}

/** What the errors of AWS mean here, and what to do. */
export function inWords(thrown: unknown, logGroup: string | null): Error {
  const error = toError(thrown);
  const rights = 'logs:StartQuery, logs:GetQueryResults, logs:StopQuery and logs:DescribeQueryDefinitions';
  const words: Readonly<Record<string, string>> = {
    AccessDeniedException: `your AWS credentials may not read the log: they need ${rights}`,
    ResourceNotFoundException: `there is no log group ${logGroup ?? ''} in this account and region: --log-group names it, AWS_REGION the region`,
    ThrottlingException: 'CloudWatch Logs is asked too often at the moment: try again in a minute',
    LimitExceededException: 'too many queries run in this account at the moment: try again in a minute',
  };
  const known = words[error.name] ?? credentialTrouble(error);
  if (known === null) return error;
  return new HistoryError(`${known} (${printable(error.message, 200)})`, { cause: error });
}
