import { CONFIG_FILE, configuration } from '../connection/guard-config.ts';
import type { Context } from '../context.ts';
import { text } from '../options.ts';
import { HistoryError, inWords, type Log } from './insights.ts';

/** The option by which the function's log is named. */
export const logGroupOption = text(
  '--log-group <name>',
  'the log group of the function (default: logGroupName of the configuration, or what the saved queries of its stack read)',
);

/** The option by which the configuration is named, where no server is connected to. */
export const configOption = text(
  '--config <file>',
  `the configuration that names stack and region (default ${CONFIG_FILE})`,
);

/** How the log was named. */
export interface LogOptions {
  readonly logGroup: string | undefined;
  readonly config: string | undefined;
}

/**
 * The function's log: named by the option, by the configuration, or by the stack, whose saved queries name it. The AWS SDK is
 * loaded only here.
 *
 * @throws {HistoryError} when nothing names it, or AWS does not say.
 * @throws {ConfigurationError}
 */
export async function functionLog(
  { logGroup: given, config: file }: LogOptions,
  { cwd, env, signal }: Pick<Context, 'cwd' | 'env' | 'signal'>,
): Promise<Log> {
  const [config, { CloudWatchLogsClient, DescribeQueryDefinitionsCommand }] = await Promise.all([
    configuration(file ?? null, cwd),
    import('@aws-sdk/client-cloudwatch-logs'),
  ]);
  const region = config?.region ?? (env['AWS_REGION'] || env['AWS_DEFAULT_REGION']);
  const client = new CloudWatchLogsClient({
    ...(region && { region }),
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 2000, requestTimeout: 30_000, throwOnRequestTimeout: true },
  });
  const named = given ?? config?.logGroupName;
  if (named !== undefined) return { client, logGroup: named };
  if (config === null)
    throw new HistoryError(`which log group? There is no ${CONFIG_FILE} here: name it with --log-group`);
  const { queryDefinitions = [] } = await client
    .send(
      new DescribeQueryDefinitionsCommand({
        queryDefinitionNamePrefix: `${config.stackName}/what the guard did`,
      }),
      {
        abortSignal: signal,
      },
    )
    .catch((error: unknown) => {
      throw inWords(error, null);
    });
  const [logGroup] = queryDefinitions.flatMap(({ logGroupNames }) => logGroupNames ?? []);
  if (logGroup !== undefined) return { client, logGroup };
  throw new HistoryError(
    `the stack ${config.stackName} has no saved queries in ${await client.config.region()}, so its log is not known: ` +
      'name it with --log-group (the output LogGroup of the stack), and the region with AWS_REGION',
  );
}
