import { type Database, secretIdOf } from '../../config/database.ts';
import type { FailureClass, Limit } from '../../model/observation.ts';
import type { Action, Situation } from './alert.ts';
import {
  DATABASES_QUERY,
  databaseLimit,
  describeInstance,
  describeSecret,
  guardCommand,
  HOLDERS_QUERY,
  iamLogin,
  idleInTransactionTimeout,
  idleSessionTimeout,
  monitorGrant,
  ownLimit,
  quoteShell,
} from './pasteable-commands.ts';

/** Idle ages to end sessions by, in seconds. */
const IDLE_AGES = [300, 120, 60, 30, 20] as const;

/** Fewer idle sessions than this share of the used slots are not what fills the server. */
const WORTH_A_TIMEOUT = 0.1;

/** What to do now, the first thing first. */
export function actionsFor(situation: Situation): readonly Action[] {
  const { notification, failure, database, role } = situation;
  switch (notification.kind) {
    case 'unreachable':
    case 'still-unreachable':
      return failure === null ? [doctor(database)] : failureActions(failure.class, situation);
    case 'reachable':
      return [];
    case 'partial':
      return [role === null ? null : monitorGrant(role), doctor(database)].filter(
        (action) => action !== null,
      );
    case 'recovered':
      return lasting(situation);
    case 'within-budget':
      return [];
    case 'over-budget':
    case 'still-over-budget':
    case 'budgets-exceed-usable':
      return budgetActions(notification.kind);
    case 'level':
    case 'server-full':
    case 'eased':
    case 'reminder':
      return slotActions(situation);
  }
}

function budgetActions(
  kind: 'over-budget' | 'still-over-budget' | 'budgets-exceed-usable',
): readonly Action[] {
  const title =
    kind === 'budgets-exceed-usable'
      ? 'Lower pools or instances until the budgets fit, raise max_connections, or put a pooler in between: when all applications use what they were promised, logins are refused'
      : 'See which instances of it run and how large their pools are: more than planned run now, or its sessions are not closed; then lower the pool, or raise the budget where there is room';
  return [{ title, language: null, lines: [] }];
}

function slotActions(situation: Situation): readonly Action[] {
  const { notification, limit, database, role } = situation;
  if (limit === 'role-limit') return [...(role === null ? [] : ownLimit(role)), doctor(database)];
  if (limit === 'database-limit') return databaseLimit(database.database);
  const urgent = notification.level === 'critical' || notification.level === 'full';
  return [
    ...entrance(limit),
    ...holders(database),
    ...(urgent ? [free(situation)] : []),
    ...lasting(situation),
  ];
}

/** How to get in at all while the server refuses logins. */
function entrance(limit: Limit | null): readonly Action[] {
  if (limit === null) return [];
  const title =
    limit === 'all-slots'
      ? 'Not even a superuser can log in: stop or scale down the client that holds the most slots (below), then go on'
      : 'To get in, log in as the master user of RDS, or as a superuser: the reserved slots are for them';
  return [{ title, language: null, lines: [] }];
}

function holders(database: Database): readonly Action[] {
  return [
    { title: 'See what holds the slots now', language: 'sql', lines: HOLDERS_QUERY },
    {
      title: 'Or the sessions that are idle for longest',
      language: 'shell',
      lines: guardCommand(database, 'sessions'),
    },
  ];
}

/** Half as long as the longest idle: in a fast leak nothing is ever idle for the five minutes people think of first. */
function free({ database, slots }: Situation): Action {
  const longest = slots?.states.find(({ state }) => state === 'idle')?.oldestStateAge ?? 60;
  const age = IDLE_AGES.find((candidate) => candidate <= longest / 2) ?? 10;
  return {
    title: 'Give idle slots back (shows what it would end, and asks first)',
    language: 'shell',
    lines: guardCommand(database, 'terminate', '--idle-for', `${age}s`),
  };
}

function doctor(database: Database): Action {
  return {
    title: 'Let the guard say what is wrong, from a machine that reaches the database',
    language: 'shell',
    lines: guardCommand(database, 'doctor'),
  };
}

/** What keeps it from coming back: timeouts for the roles that idle most, at most two of each. */
function lasting({ groups, slots, versionNum }: Situation): readonly Action[] {
  const least = Math.max(1, (slots?.used ?? 0) * WORTH_A_TIMEOUT);
  const seen = groups.filter(({ state }) => state === 'idle');
  const remembered = slots?.holders.map(({ role, idle }) => ({ role, count: idle })) ?? [];
  const idleRoles = rolesWith(groups.length > 0 ? seen : remembered, least);
  const inTransaction = rolesWith(
    groups.filter(({ state }) => state.startsWith('idle in transaction')),
    least,
  );
  return [
    ...idleRoles.slice(0, 2).map((role) => ordinary(role) && idleSessionTimeout(role, versionNum ?? 0)),
    ...inTransaction.slice(0, 2).map((role) => ordinary(role) && idleInTransactionTimeout(role)),
  ].filter((action): action is Action => action !== null && action !== false);
}

/** The roles of RDS itself must be left as they are. */
function ordinary(role: string | null): role is string {
  return role !== null && !role.startsWith('rds');
}

/** Roles with at least so many of these sessions, most first. */
function rolesWith(
  groups: readonly { readonly role: string | null; readonly count: number }[],
  least: number,
): readonly (string | null)[] {
  const counts = new Map<string | null, number>();
  for (const { role, count } of groups) counts.set(role, (counts.get(role) ?? 0) + count);
  return [...counts]
    .filter(([, count]) => count >= least)
    .sort(([, a], [, b]) => b - a)
    .map(([role]) => role);
}

function failureActions(kind: FailureClass, { database, role }: Situation): readonly Action[] {
  const { host, port, login } = database;
  switch (kind) {
    case 'dns':
      return [
        {
          title: 'See whether the name resolves',
          language: 'shell',
          lines: [`dig +short ${quoteShell(host)}`],
        },
        describeInstance(host),
      ];
    case 'network':
    case 'timeout':
    case 'restarting':
      return [describeInstance(host), doctor(database)];
    case 'tls':
      return [
        {
          title: 'See which certificate the server shows',
          language: 'shell',
          lines: [
            `openssl s_client -starttls postgres -connect ${quoteShell(`${host}:${port}`)} \\`,
            '  </dev/null | openssl x509 -noout -subject -issuer -enddate',
          ],
        },
        doctor(database),
      ];
    case 'credentials':
      return 'iam' in login
        ? iamLogin(login.iam.user)
        : [describeSecret(secretIdOf(login)), doctor(database)];
    case 'secret':
      return 'iam' in login ? [doctor(database)] : [describeSecret(secretIdOf(login))];
    case 'privilege': {
      const grant = role === null ? null : monitorGrant(role);
      return grant === null ? [doctor(database)] : [grant, doctor(database)];
    }
    case 'no-database':
      return [
        {
          title: 'See which databases there are',
          language: 'sql',
          lines: DATABASES_QUERY,
        },
      ];
    case 'server':
      return [doctor(database)];
  }
}
