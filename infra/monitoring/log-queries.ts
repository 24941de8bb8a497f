import { Stack } from 'aws-cdk-lib';
import { CfnQueryDefinition, type ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { nameOfLog } from '../refusal-logs.ts';
import type { WatchedDatabase } from '../resolve-databases.ts';
import { HOLDER_QUERIES } from './holder-queries.ts';
import { REFUSAL_TEXTS } from './refused-logins.ts';

/** CloudWatch Logs Insights on the guard's own lines, each a list of commands. */
export const QUERIES = {
  'what the guard did': [
    'fields @timestamp, level, event, database, @message',
    'filter ispresent(event) and event not in ["check.done", "check.holders"]',
    'sort @timestamp desc',
    'limit 200',
  ],
  'failures by class': [
    'filter event = "check.done" and ispresent(class)',
    'stats count(*) as failures, latest(@timestamp) as last by database, class, code',
    'sort failures desc',
    'limit 100',
  ],
  'what was ended and why': [
    'filter event = "reclaim.done"',
    'fields jsonParse(@message) as line',
    'unnest line.sessions into session',
    'fields session.role as role, session.application as application, session.client as client',
    'fields session.idleFor as idleFor, session.rule as rule, session.tried as tried, session.wrong as wrong, session.outcome as outcome',
    'display @timestamp, database, mode, held, role, application, client, idleFor, rule, tried, wrong, outcome',
    'sort @timestamp desc',
    'limit 500',
  ],
  ...HOLDER_QUERIES,
} as const;

/**
 * On the logs of servers, which name the role that a login was refused to: `log_line_prefix` is `%t:%r:%u@%d:[%p]:` on RDS
 * (RDS user guide, "Parameters that affect logging behavior").
 */
const REFUSED_LOGINS = [
  `filter @message like /FATAL:  (${REFUSAL_TEXTS.map((text) => text.replace('FATAL:  ', '').trim()).join('|')})/`,
  String.raw`parse @message /^\S+ \S+ [^:]+:(?<client>[^(]+)\([0-9]+\):(?<role>[^@]*)@(?<loginTo>.*?):\[[0-9]+\]:FATAL:  (?<text>.*)/`,
  'stats count(*) as refused, earliest(@timestamp) as first, latest(@timestamp) as last by role, loginTo, client, text',
  'sort refused desc',
  'limit 200',
];

/** Log groups that one query reads at most (CloudWatch Logs API, StartQuery). */
const MOST_LOGS = 50;

/** Saves the queries where people look for them, under the stack's name. */
export function saveQueries(
  scope: Construct,
  logGroup: ILogGroup,
  databases: readonly Pick<WatchedDatabase, 'postgresqlLog'>[],
): void {
  const home = new Construct(scope, 'Queries');
  const save = (name: string, commands: readonly string[], logGroupNames: string[]) =>
    new CfnQueryDefinition(home, name, {
      name: `${Stack.of(scope).stackName}/${name}`,
      queryString: commands.join('\n| '),
      logGroupNames,
    });
  for (const [name, commands] of Object.entries(QUERIES)) save(name, commands, [logGroup.logGroupName]);
  const serverLogs = databases.flatMap(({ postgresqlLog: log }) => (log === null ? [] : [nameOfLog(log)]));
  if (serverLogs.length > 0)
    save('refused logins by role', REFUSED_LOGINS, [...new Set(serverLogs)].slice(0, MOST_LOGS));
}
