import type { LikelyCause } from '../../model/likely-cause.ts';
import type { Action, Alert, Surroundings } from './alert.ts';
import { lowerPool } from './budget-section.ts';
import { doctor, failureSteps } from './failure-steps.ts';
import { freeing, say, unblocking } from './freeing-steps.ts';
import { isPooled, mostIdle, ordinary } from './idle-roles.ts';
import {
  databaseLimit,
  idleInTransactionTimeout,
  idleSessionTimeout,
  monitorGrant,
  ownLimit,
  signalGrant,
} from './pasteable-commands.ts';

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
