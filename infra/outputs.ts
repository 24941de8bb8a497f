import { createHash } from 'node:crypto';
import { type CfnCondition, CfnOutput, Stack } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { ConsoleLink } from './console-link.ts';
import type { Notifications } from './notifications.ts';
import type { WatchedDatabase } from './resolve-databases.ts';
import { roleSql } from './role-sql.ts';

/** What {@link createOutputs} tells. */
export interface OutputsProps {
  readonly notifications: Notifications;
  readonly function: IFunction;
  readonly logGroup: ILogGroup;
  readonly dashboard?: ConsoleLink;
  readonly databases: readonly Pick<WatchedDatabase, 'name' | 'settings'>[];
  readonly actionsFunction?: IFunction;
  /** The guard's role then needs to signal sessions, whatever reclaim may. */
  readonly terminatesByHand: boolean;
}

/** What a person needs after the deployment, under names that scripts may rely on: `Guard` (the construct's id) and these. */
export function createOutputs(scope: Construct, props: OutputsProps): void {
  const { notifications } = props;
  const path = scope.node.path.slice(Stack.of(scope).node.path.length);
  const output = (id: string, description: string, value: string, condition?: CfnCondition) =>
    new CfnOutput(scope, id, {
      description,
      value,
      ...(condition && { condition }),
    }).overrideLogicalId(`${path}${id}`.replace(/[^A-Za-z0-9]/g, ''));
  output('FunctionName', 'Invoke it by hand with { "databases": [...] }', props.function.functionName);
  output('LogGroup', 'What the command line asks for the history', props.logGroup.logGroupName);
  if (props.actionsFunction)
    output('ActionsFunctionName', 'Act through it: docs/actions.md', props.actionsFunction.functionName);
  if (props.dashboard)
    output('DashboardUrl', 'The fleet at a glance', props.dashboard.url, props.dashboard.condition);
  output('WarningTopic', 'Messages of level warning; subscribe here', notifications.warning.topicArn);
  output(
    'CriticalTopic',
    'Messages of level critical and full; subscribe here',
    notifications.critical.topicArn,
  );
  output('AlarmTopic', 'CloudWatch alarms, for when the guard cannot speak', notifications.alarms.topicArn);
  for (const [id, { sql, names }] of roleSqls(props.databases, props.terminatesByHand))
    output(id, `Run on, as the master user: ${shorten(names)}`, sql);
}

/** The role that the guard has unless a login names another. */
const USUAL_ROLE = 'connection_guard';

/** Databases that take the same statements share one output: a template has at most 200. Its name says which these are. */
function roleSqls(databases: OutputsProps['databases'], terminatesByHand: boolean) {
  const outputs = new Map<string, { readonly sql: string; readonly names: string[] }>();
  for (const { name, settings } of databases) {
    const login = 'iam' in settings.login ? 'iam' : 'password';
    // The name in a secret is not known here; this one is what the secret should hold.
    const user = 'iam' in settings.login ? settings.login.iam.user : USUAL_ROLE;
    const terminate = terminatesByHand || settings.reclaim.mode === 'terminate';
    const other = user === USUAL_ROLE ? '' : createHash('sha256').update(user).digest('hex').slice(0, 8);
    const id = `RoleSql${login === 'iam' ? 'Iam' : 'Password'}${terminate ? 'Terminate' : ''}${other}`;
    const output = outputs.get(id) ?? { sql: roleSql({ user, login, terminate }), names: [] };
    output.names.push(name);
    outputs.set(id, output);
  }
  return outputs;
}

function shorten(names: readonly string[]): string {
  const text = names.slice(0, 10).join(', ');
  return names.length > 10 ? `${text} and ${names.length - 10} more` : text;
}
