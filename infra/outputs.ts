import { CfnOutput } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { Notifications } from './notifications.ts';
import type { WatchedDatabase } from './resolve-databases.ts';
import { roleSql } from './role-sql.ts';

/** What {@link createOutputs} tells. */
export interface OutputsProps {
  readonly notifications: Notifications;
  readonly function: IFunction;
  readonly logGroup: ILogGroup;
  readonly dashboardUrl: string | undefined;
  readonly databases: readonly WatchedDatabase[];
  readonly actionsFunction?: IFunction;
  /** The guard's role then needs to signal sessions, whatever reclaim may. */
  readonly terminatesByHand: boolean;
}

/** What a person needs after the deployment. */
export function createOutputs(scope: Construct, props: OutputsProps): void {
  const { notifications } = props;
  const output = (id: string, description: string, value: string) =>
    new CfnOutput(scope, id, { description, value });
  output('FunctionName', 'Invoke it by hand with { "databases": [...] }', props.function.functionName);
  output('LogGroup', 'What the command line asks for the history', props.logGroup.logGroupName);
  if (props.actionsFunction)
    output('ActionsFunctionName', 'Act through it: docs/actions.md', props.actionsFunction.functionName);
  if (props.dashboardUrl !== undefined) output('DashboardUrl', 'The fleet at a glance', props.dashboardUrl);
  output('WarningTopic', 'Messages of level warning; subscribe here', notifications.warning.topicArn);
  output(
    'CriticalTopic',
    'Messages of level critical and full; subscribe here',
    notifications.critical.topicArn,
  );
  output('AlarmTopic', 'CloudWatch alarms, for when the guard cannot speak', notifications.alarms.topicArn);
  let index = 0;
  for (const [sql, names] of sqlByText(props.databases, props.terminatesByHand)) {
    index += 1;
    output(`RoleSql${index}`, `Run on, as the master user: ${shorten(names)}`, sql);
  }
}

/** Databases that take the same statements share one output: a template has at most 200. */
function sqlByText(databases: readonly WatchedDatabase[], terminatesByHand: boolean): Map<string, string[]> {
  const texts = new Map<string, string[]>();
  for (const { name, settings } of databases) {
    const { login, reclaim } = settings;
    const sql = roleSql({
      // The name in a secret is not known here; this one is what the secret should hold.
      user: 'iam' in login ? login.iam.user : 'connection_guard',
      login: 'iam' in login ? 'iam' : 'password',
      terminate: terminatesByHand || reclaim.mode === 'terminate',
    });
    texts.set(sql, [...(texts.get(sql) ?? []), name]);
  }
  return texts;
}

function shorten(names: readonly string[]): string {
  const text = names.slice(0, 10).join(', ');
  return names.length > 10 ? `${text} and ${names.length - 10} more` : text;
}
