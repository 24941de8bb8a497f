import type { HeadBlocker } from '../../model/head-blocker.ts';
import type { Action, Alert } from './alert.ts';
import { isPasteable, quoteIdentifier, quoteLiteral, quoteShell } from './quoting.ts';

// The statements and commands that messages offer, each with the real names in it, each fit to be pasted as it is.

/** `idle_session_timeout` exists from PostgreSQL 14 on. */
const IDLE_SESSION_TIMEOUT_SINCE = 140_000;

/**
 * Stands before every query that people paste: without it, what a login has created in the database could stand in for
 * an operator or a function of PostgreSQL's own, and would run as the reader. ALTER ROLE, ALTER DATABASE and GRANT look
 * nothing up by search_path.
 */
const FIX_SEARCH_PATH = 'SET search_path = pg_catalog, pg_temp;';

/** What holds the slots, on every version from 12 on. */
export const HOLDERS_QUERY: readonly string[] = [
  FIX_SEARCH_PATH,
  'SELECT application_name, usename, client_addr, state, pg_catalog.count(*),',
  "       pg_catalog.date_trunc('second',",
  '         pg_catalog.max(pg_catalog.now() - state_change)) AS longest',
  '  FROM pg_catalog.pg_stat_activity',
  " WHERE backend_type = 'client backend'",
  ' GROUP BY 1, 2, 3, 4 ORDER BY 5 DESC LIMIT 20;',
];

/** The authorities of RDS, which no system has among its own. */
const RDS_ROOTS = 'curl -sSO https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem;';

/** `host:port`, with an IPv6 address in brackets (RFC 3986, section 3.2.2). */
export function addressOf({ host, port }: { readonly host: string; readonly port: number }): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** A command of the guard against this database, called as the team calls the tool (`command`). */
export function guardCommand(
  command: string,
  { database, role, byPassword }: Alert,
  ...words: readonly string[]
): string[] {
  // encodeURIComponent throws on half a character.
  const part = (name: string) => encodeURIComponent(name.replace(/\p{Surrogate}/gu, '\ufffd'));
  const user = role !== null && isPasteable(role) ? `${part(role)}@` : '';
  const tls = database.tls.mode === 'disable' ? '?sslmode=disable' : '';
  const url = `postgres://${user}${addressOf(database)}/${part(database.database)}${tls}`;
  const iam = 'iam' in database.login && !byPassword ? ['--iam'] : [];
  return [[command, ...words, ...iam, '--url', quoteShell(url)].join(' ')];
}

/**
 * Logs in with psql, from any machine that reaches the database: as the guard's role, with an IAM token where it has
 * one, or as the master user, for which the server keeps slots.
 */
export function psqlLogin({ database, role, byPassword }: Alert, asMaster: boolean): string[] {
  const { host, port, tls, login } = database;
  const user = asMaster || role === null || !isPasteable(role) ? 'postgres' : role;
  const token = `PGPASSWORD="$(aws rds generate-db-auth-token --hostname ${quoteShell(host)} --port ${port} --username ${quoteShell(user)})"`;
  const words = [
    ...(tls.mode === 'disable' ? [] : [RDS_ROOTS]),
    ...('iam' in login && !asMaster && !byPassword ? [token] : []),
    // Anything less would hand the token to whatever answers.
    tls.mode === 'disable' ? 'PGSSLMODE=disable' : 'PGSSLMODE=verify-full PGSSLROOTCERT=global-bundle.pem',
    `psql -h ${quoteShell(host)} -p ${port} -U ${quoteShell(user)} -d ${quoteShell(database.database)}`,
  ];
  return [words.join(' ')];
}

/** Ends what a role has left idle for so many seconds; null for a name not to be pasted. */
export function endIdle(role: string | null, seconds: number): string[] | null {
  return role === null || !isPasteable(role) ? null : ending(role, "state = 'idle'", seconds);
}

/** Ends the transactions that a role has left open for so many seconds; null for a name not to be pasted. */
export function endOpenTransactions(role: string | null, seconds: number): string[] | null {
  return role === null || !isPasteable(role)
    ? null
    : ending(role, "state LIKE 'idle in transaction%'", seconds);
}

/**
 * One statement for each session, which psql's `\gexec` runs: each compares start, state and its time once more in the moment of the
 * signal, as the guard's own do. In one statement for all, the last session would be judged by what was true at first.
 */
function ending(role: string, which: string, seconds: number): string[] {
  return [
    `${FIX_SEARCH_PATH} SELECT format('SELECT pid,`,
    '  CASE WHEN (backend_start,state_change,state) = (%L,%L,%L) THEN',
    "  pg_terminate_backend(pid) END FROM pg_stat_get_activity(%s)',",
    '  backend_start, state_change, state, pid) FROM pg_stat_activity',
    `  WHERE usename = ${quoteLiteral(role)} AND ${which}`,
    `  AND now() - state_change > '${seconds} s' \\gexec`,
  ];
}

/** Ends one session that is idle in its transaction; null for one that is not, or of which the server says odd things. */
export function endBlocker({ pid, backendStart, state }: HeadBlocker): string[] | null {
  if (!state.startsWith('idle in transaction') || !/^\d+ [\dTZ:.-]+$/.test(`${pid} ${backendStart}`))
    return null;
  return [
    `${FIX_SEARCH_PATH} SELECT pid, CASE WHEN`,
    `  backend_start = '${backendStart}' AND state LIKE 'idle in%' THEN`,
    `  pg_terminate_backend(pid) END FROM pg_stat_get_activity(${pid});`,
  ];
}

/** Ends what a role leaves idle, from its next session on; null where the server or the name does not allow it. */
export function idleSessionTimeout(role: string, versionNum: number): Action | null {
  if (versionNum < IDLE_SESSION_TIMEOUT_SINCE || !isPasteable(role)) return null;
  return {
    title: `Let the server end what new sessions of ${role} leave idle`,
    language: 'sql',
    lines: [`ALTER ROLE ${quoteIdentifier(role)} SET idle_session_timeout = '10min';`],
  };
}

/** Ends transactions that a role leaves open, from its next session on; null for a name not to be pasted. */
export function idleInTransactionTimeout(role: string): Action | null {
  if (!isPasteable(role)) return null;
  return {
    title: `Let the server end transactions that ${role} leaves open`,
    language: 'sql',
    lines: [`ALTER ROLE ${quoteIdentifier(role)} SET idle_in_transaction_session_timeout = '5min';`],
  };
}

/** The grant that shows the guard everyone's sessions; null for a name not to be pasted. */
export function monitorGrant(role: string): Action | null {
  if (!isPasteable(role)) return null;
  return {
    title: 'As the master user, let the guard see the sessions of all roles',
    language: 'sql',
    lines: [`GRANT pg_monitor TO ${quoteIdentifier(role)};`],
  };
}

export function signalGrant(role: string): Action | null {
  if (!isPasteable(role)) return null;
  return {
    title: 'As the master user, let the guard terminate sessions of other roles',
    language: 'sql',
    lines: [`GRANT pg_signal_backend TO ${quoteIdentifier(role)};`],
  };
}

/** What the guard's own role holds, and a higher limit for it. */
export function ownLimit(role: string): readonly Action[] {
  if (!isPasteable(role)) return [];
  return [
    {
      title:
        "See the sessions of the guard's own role (more than two: runs overlap, or somebody else uses it)",
      language: 'sql',
      lines: [
        FIX_SEARCH_PATH,
        'SELECT pid, application_name, client_addr, state, backend_start',
        `  FROM pg_catalog.pg_stat_activity WHERE usename = ${quoteLiteral(role)};`,
      ],
    },
    {
      title: 'If two sessions are too few for it, raise its limit',
      language: 'sql',
      lines: [`ALTER ROLE ${quoteIdentifier(role)}`, '  CONNECTION LIMIT 5;'],
    },
  ];
}

/** The sessions in the database whose own limit is used up, and how to lift that limit. */
export function databaseLimit(name: string): readonly Action[] {
  if (!isPasteable(name)) return [];
  return [
    {
      title: 'From another database of this server, see the limit',
      language: 'sql',
      lines: [
        FIX_SEARCH_PATH,
        'SELECT datname, datconnlimit FROM pg_catalog.pg_database',
        ` WHERE datname = ${quoteLiteral(name)};`,
      ],
    },
    {
      title: 'Lift it, or let the guard log in to another database (setting database)',
      language: 'sql',
      lines: [`ALTER DATABASE ${quoteIdentifier(name)}`, '  CONNECTION LIMIT -1;'],
    },
  ];
}

/** Which databases the server has. */
export const DATABASES_QUERY: readonly string[] = [
  FIX_SEARCH_PATH,
  'SELECT datname FROM pg_catalog.pg_database;',
];

/** What a role needs to log in with an IAM token. */
export function iamLogin(user: string): readonly Action[] {
  if (!isPasteable(user)) return [];
  return [
    {
      title: 'See whether the role exists and may log in',
      language: 'sql',
      lines: [
        FIX_SEARCH_PATH,
        'SELECT rolname, rolcanlogin, rolconnlimit',
        `  FROM pg_catalog.pg_roles WHERE rolname = ${quoteLiteral(user)};`,
      ],
    },
    {
      title: 'Let it log in with an IAM token',
      language: 'sql',
      lines: [`GRANT rds_iam TO ${quoteIdentifier(user)};`],
    },
  ];
}
