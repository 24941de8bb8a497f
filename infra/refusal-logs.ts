import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { ConfigurationError } from '../lambda/config/validation.ts';
import { clashes } from './config/names.ts';
import type { AlarmTarget } from './monitoring/alarm-target.ts';
import type { DatabaseHomes } from './monitoring/database-homes.ts';
import { countRefusedLogins, type RefusalLog } from './monitoring/refused-logins.ts';
import type { WatchedDatabase } from './resolve-databases.ts';
import type { Schedules } from './schedule.ts';
import { WakeFunction } from './wake-function.ts';

/** What {@link watchRefusals} is made from. */
export interface RefusalsProps {
  readonly databases: readonly WatchedDatabase[];
  readonly namespace: string;
  readonly guard: IFunction;
  readonly schedules: Schedules;
  readonly logRetention: RetentionDays;
  readonly reserveConcurrency: boolean;
  readonly homeOf: DatabaseHomes;
  /** Where the alarms go; none without. */
  readonly target: AlarmTarget | null;
}

/** The refusals of users, as far as the logs of their servers are given. */
export interface Refusals {
  /** Names under which they are counted. */
  readonly databases: readonly string[];
  readonly alarms: readonly Alarm[];
}

/** Counts the logins that each given server log shows as refused, alarms on them, and wakes the guard. */
export function watchRefusals(scope: Construct, props: RefusalsProps): Refusals {
  const logs = groupByLog(props.databases);
  if (logs.length === 0) return { databases: [], alarms: [] };
  const names = logs.map(({ members }) => nameOf(members));
  const mistakes = clashes(names).map(({ found }) => ({
    path: 'databases',
    found: `the logs of ${found}`,
    allowed: 'names that differ before the slash: a log that instances share is counted under that',
  }));
  if (mistakes.length > 0) throw new ConfigurationError('ConnectionGuard', mistakes);
  const wake = new WakeFunction(scope, 'Wake', {
    guard: props.guard,
    scheduleGroup: props.schedules.group,
    logRetention: props.logRetention,
    reserveConcurrency: props.reserveConcurrency,
  });
  const alarms = logs.flatMap(({ log, members }) => {
    const name = nameOf(members);
    const own = props.homeOf(name);
    const logGroup = typeof log === 'string' ? LogGroup.fromLogGroupName(own, 'Log', log) : log;
    const refusalLog: RefusalLog = { database: name, logGroup };
    const [first = ''] = members;
    wake.subscribe(own, refusalLog, props.schedules.of(first));
    return countRefusedLogins(own, refusalLog, props.namespace, props.target);
  });
  return { databases: names, alarms };
}

/** The name of a log group that is given by it, or as a construct. */
export function nameOfLog(log: NonNullable<WatchedDatabase['postgresqlLog']>): string {
  return typeof log === 'string' ? log : log.logGroupName;
}

interface SharedLog {
  readonly log: NonNullable<WatchedDatabase['postgresqlLog']>;
  readonly members: string[];
}

/** The instances of a cluster log into one group: it is filtered once. */
function groupByLog(databases: readonly WatchedDatabase[]): SharedLog[] {
  const groups = new Map<string, SharedLog>();
  for (const { name, postgresqlLog: log } of databases) {
    if (log === null) continue;
    const key = nameOfLog(log);
    const group = groups.get(key) ?? { log, members: [] };
    group.members.push(name);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** `shop` for `shop/writer` and `shop/reader`. */
function nameOf([first = '', ...others]: readonly string[]): string {
  const [cluster = first] = first.split('/');
  return others.length > 0 && others.every((name) => name.startsWith(`${cluster}/`)) ? cluster : first;
}
