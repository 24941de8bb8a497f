import { applicationKind } from '../../model/application-kind.ts';
import type { HeadBlocker } from '../../model/head-blocker.ts';
import type { LikelyCause } from '../../model/likely-cause.ts';
import type { SessionGroup } from '../../model/observation.ts';
import { counted, duration } from '../../shared/format.ts';
import { printable } from '../../shared/printable.ts';
import { actionsOn, previewAndEnd } from './action-commands.ts';
import type { Action, Alert, Surroundings } from './alert.ts';
import { lowerPool } from './budget-section.ts';
import { doctor, failureSteps } from './failure-steps.ts';
import {
  databaseLimit,
  endBlocker,
  endIdle,
  endOpenTransactions,
  guardCommand,
  HOLDERS_QUERY,
  idleInTransactionTimeout,
  idleSessionTimeout,
  monitorGrant,
  ownLimit,
  psqlLogin,
  signalGrant,
} from './pasteable-commands.ts';

/** Idle ages to end sessions by, in seconds. */
const IDLE_AGES = [300, 120, 60, 30, 20] as const;

/** How to get in, by what refuses logins; anything else keeps slots for the master user. */
const LOGIN_TITLES: Readonly<Record<string, string>> = {
  none: 'Log in',
  'all-slots': 'When a slot is free, log in as the master user (-U: its name)',
};

/** More steps than this are not read at night. */
const MOST_STEPS = 3;

/** Causes that ending idle sessions does away with for the moment. */
const IDLE_CAUSES: ReadonlySet<LikelyCause['id']> = new Set([
  'kept-after-request',
  'fixed-pool',
  'frozen-clients',
  'people',
]);

/** What to do now about this cause, the first thing first. */
export function actionsFor(alert: Alert, surroundings: Surroundings): readonly Action[] {
  return steps(alert, surroundings)
    .filter((action) => action !== null)
    .slice(0, MOST_STEPS);
}

function steps(alert: Alert, surroundings: Surroundings): readonly (Action | null)[] {
  const command = surroundings.command ?? null;
  const { notification, failure, role, limit, database } = alert;
  switch (notification.kind) {
    case 'unreachable':
    case 'still-unreachable':
      return failure === null ? [doctor(alert, command)] : failureSteps(failure.class, alert, command);
    case 'reachable':
    case 'within-budget':
    case 'answered':
      return [];
    case 'partial':
      return [role === null ? null : monitorGrant(role), doctor(alert, command)];
    case 'cannot-terminate':
      return [role === null ? null : signalGrant(role)];
    case 'reclaim-paused':
      return [
        say(
          'See which instances hold the pool and make it smaller (its maximum, and the minimum it keeps idle), or stop instances',
        ),
      ];
    case 'reclaim-limit':
      return [
        say(
          'Find what goes on opening sessions and stop it; until then, where what was ended was right, raise reclaim.maxPerHour and deploy',
        ),
      ];
    case 'over-budget':
    case 'still-over-budget':
      return [say(lowerPool(notification.budget?.name ?? '', alert.groups, database.budgets))];
    case 'budgets-exceed-usable':
      return [
        say(
          'Lower pools or instances until the budgets fit, raise max_connections, or put a pooler in between: when all applications use what they were promised, logins are refused',
        ),
      ];
    case 'recovered':
      return lasting(alert);
    case 'level':
    case 'server-full':
    case 'eased':
    case 'reminder':
      if (limit === 'role-limit') return [...(role === null ? [] : ownLimit(role)), doctor(alert, command)];
      if (limit === 'database-limit') return databaseLimit(database.database);
      return slotSteps(alert, surroundings);
  }
}

/** With time left, what keeps it from coming back; when it is urgent, first what gives slots back now. */
function slotSteps(alert: Alert, surroundings: Surroundings): readonly (Action | null)[] {
  const { level } = alert.notification;
  if (level !== 'critical' && level !== 'full') return lasting(alert);
  const shut =
    alert.limit === 'all-slots'
      ? say('Stop or scale down the client that holds the most slots: not even a superuser can log in')
      : null;
  const first =
    alert.headBlocker === null ? freeing(alert, surroundings) : unblocking(alert, alert.headBlocker);
  return [shut, ...first, ...lasting(alert)];
}

/** Ends the one session that the others wait for, where it does nothing itself. */
function unblocking(alert: Alert, blocker: HeadBlocker): readonly Action[] {
  const { pid, application, role, blocks } = blocker;
  const who = `pid ${pid} of ${printable(application === '' ? (role ?? '') : application, 40)}`;
  const sql = endBlocker(blocker);
  if (sql === null)
    return [say(`See what ${who} runs, and cancel it: ${counted(blocks, 'session')} wait for it`)];
  const title = `End ${who}, for which ${counted(blocks, 'session')} wait: its transaction is rolled back`;
  return [login(alert), { title, language: 'sql', lines: sql }];
}

function login(alert: Alert): Action {
  const { limit } = alert;
  const title =
    LOGIN_TITLES[limit ?? 'none'] ?? 'Log in as the master user, which has slots kept for it (-U: its name)';
  return { title, language: 'shell', lines: psqlLogin(alert, limit !== null), opens: true };
}

/** Gives slots back: ends idle sessions of the role that has the most, or open transactions where these fill the server. */
function freeing(alert: Alert, surroundings: Surroundings): readonly (Action | null)[] {
  const { command } = surroundings;
  const { groups, holders, snapshot } = alert;
  const [cause, ...others] = alert.causes.filter(({ id }) => id !== 'over-budget' && id !== 'failover');
  const outer = alert.causes.at(-1);
  if (cause === undefined && outer !== undefined) return [say(outer.remedy)];
  if (cause?.id === 'rollout')
    return [
      say('Pause the rollout, or stop the replicas that it replaces: both generations hold their pools'),
    ];
  if (cause?.id === 'open-streams' && others.length === 0)
    return [
      say('Cap the streams, or restart what serves them: each holds a session for as long as it is open'),
    ];
  const isOpen = cause?.id === 'open-transactions';
  const role = cause?.role ?? mostIdleRole(alert);
  const idle = snapshot?.states.find(({ state }) => state === 'idle');
  const open = groups.filter(({ state }) => state.startsWith('idle in transaction'));
  const longest = isOpen
    ? Math.max(0, ...open.map(({ oldestStateAge }) => oldestStateAge ?? 0))
    : (idle?.oldestStateAge ?? 60);
  const age = IDLE_AGES.find((candidate) => candidate <= longest / 2) ?? 10;
  if (!isOpen && (idle?.count ?? 0) < (snapshot?.used ?? 0) / 10) {
    return [say('Stop or scale down what holds the most slots: what fills the server is at work, not idle')];
  }
  const name = printable(role ?? '', 40);
  const what = isOpen ? `End the transactions that ${name} left open` : `End what ${name} left idle`;
  const sql = isOpen ? endOpenTransactions(role, age) : endIdle(role, age);
  if (isPooled(role ?? '', groups, holders)) {
    return [
      say("Lower the pooler's pool size: to end its idle sessions would break clients that wait on them"),
    ];
  }
  if (command !== undefined) {
    const mode = isOpen ? '--idle-in-transaction-for' : '--idle-for';
    return [
      {
        title: 'Give slots back: shows what it would end, and asks first',
        language: 'shell',
        lines: guardCommand(command, alert, 'terminate', mode, `${age}s`),
      },
    ];
  }
  const actions = actionsOn(surroundings, alert);
  if (actions?.terminate && !isOpen) return previewAndEnd(actions, alert);
  if (role === null) {
    const look = 'See what holds the slots, and restart what has the most';
    return [login(alert), { title: look, language: 'sql', lines: HOLDERS_QUERY }];
  }
  if (sql === null) return [say('End idle sessions of the holder with the most slots, or restart it')];
  return [login(alert), { title: `${what} for over ${duration(age)}`, language: 'sql', lines: sql }];
}

function say(title: string): Action {
  return { title, language: null, lines: [] };
}

/** What keeps it from coming back, for the causes that a timeout of the server helps against. */
function lasting({ causes, versionNum, groups, holders, headBlocker }: Alert): readonly (Action | null)[] {
  return causes.map(({ id, role }) => {
    const own = role ?? (id === 'kept-after-request' ? mostIdle(groups.length > 0 ? groups : holders) : null);
    if (own === null || !ordinary(own) || isPooled(own, groups, holders)) return null;
    const isIdle = id === 'head-blocker' && headBlocker?.state.startsWith('idle');
    if (id === 'open-transactions' || isIdle) return idleInTransactionTimeout(own);
    return IDLE_CAUSES.has(id) ? idleSessionTimeout(own, versionNum ?? 0) : null;
  });
}

/** The roles of RDS itself must be left as they are. */
function ordinary(role: string): boolean {
  return !role.startsWith('rds');
}

/** A pooler takes the end of an idle session for an error: it has a timeout of its own. */
function isPooled(role: string, groups: Alert['groups'], holders: Alert['holders']): boolean {
  return [...groups, ...holders].some(
    (holder) => holder.role === role && applicationKind(holder.application) === 'pooler',
  );
}

function mostIdleRole({ groups, holders }: Alert): string | null {
  const idle = groups.filter(({ state }) => state === 'idle');
  return mostIdle(groups.length > 0 ? idle : holders);
}

function mostIdle(groups: readonly Pick<SessionGroup, 'role' | 'count'>[]): string | null {
  const counts = new Map<string, number>();
  for (const { role, count } of groups) {
    if (role !== null && ordinary(role)) counts.set(role, (counts.get(role) ?? 0) + count);
  }
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0] ?? null;
}
