import { Stack } from 'aws-cdk-lib';
import { CfnQueryDefinition, type ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

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
  'top holders over time': [
    'filter event = "check.done" and ispresent(topHolder)',
    'stats max(topHolderSessions) as sessions by bin(5m) as time, database, topHolder',
    'sort time desc, sessions desc',
    'limit 500',
  ],
} as const;

/** Saves the queries where people look for them, under the stack's name. */
export function saveQueries(scope: Construct, logGroup: ILogGroup): void {
  const home = new Construct(scope, 'Queries');
  for (const [name, commands] of Object.entries(QUERIES))
    new CfnQueryDefinition(home, name, {
      name: `${Stack.of(scope).stackName}/${name}`,
      queryString: commands.join('\n| '),
      logGroupNames: [logGroup.logGroupName],
    });
}
