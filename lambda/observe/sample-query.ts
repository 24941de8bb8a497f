import * as v from 'valibot';
import type { SampledSessions } from '../model/observation.ts';
import {
  type Capacity,
  type ConnectionLimit,
  SESSION_STATES,
  type Server,
  type SessionGroup,
  type SessionState,
} from '../model/observation.ts';
import { GuardError } from '../shared/guard-error.ts';

/**
 * The one statement of a sample: one scan of the sessions, one row back, PostgreSQL 12 to 18.
 *
 * It costs less than the plain `SELECT .. FROM pg_stat_activity GROUP BY` that it replaces, because
 * - it reads `pg_stat_get_activity`, the function that the view `pg_stat_activity` is made of, and so joins no names
 *   to sessions: groups are formed by OID, and only what is left gets its names;
 * - the oldest of a group is the least timestamp, so that ages are computed once per group, not once per session;
 * - each column of the groups comes as one JSON list: `json_agg` looks the type of a column up once, where
 *   `row_to_json` and `json_build_array` do for every row.
 *
 * Only client backends take slots; walsenders (12+), parallel, background and maintenance workers have their own.
 * Sessions still logging in do take one: 18 shows them, state `starting`, role and database NULL; 12-17 hide them.
 * Settings that a version or provider does not have are NULL (`current_setting(.., true)`).
 * Limits of superusers are not enforced, so they are left out. -2 is PostgreSQL's mark of a half-dropped database.
 */
const statement = (ofSessions: { readonly columns: string; readonly lists: string }) => `
SELECT pg_catalog.current_setting('server_version_num')::int AS version_num,
  pg_catalog.current_setting('max_connections') AS max_connections,
  pg_catalog.current_setting('superuser_reserved_connections') AS superuser_reserved,
  pg_catalog.current_setting('reserved_connections', true) AS reserved,
  pg_catalog.current_setting('rds.rds_superuser_reserved_connections', true) AS rds_superuser_reserved,
  pg_catalog.current_setting('rds.rds_reserved_connections', true) AS rds_reserved,
  pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE') AS can_see,
  pg_catalog.pg_has_role('pg_signal_backend', 'USAGE') AS can_signal,
  pg_catalog.pg_is_in_recovery() AS is_replica,
  pg_catalog.pg_postmaster_start_time()::pg_catalog.text AS started_at,
  current_user::pg_catalog.text AS role,
  (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(rolname, rolconnlimit))
     FROM pg_catalog.pg_roles WHERE rolconnlimit >= 0 AND NOT rolsuper) AS role_limits,
  (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(oid::pg_catalog.int8, datname, datconnlimit))
     FROM pg_catalog.pg_database WHERE datconnlimit >= 0 OR oid = ANY (pg_catalog.array_agg(g.datid))) AS databases,
  pg_catalog.json_agg(datid::pg_catalog.int8) AS datids,
  pg_catalog.json_agg(pg_catalog.pg_get_userbyid(usesysid)) AS roles,
  pg_catalog.json_agg(application_name) AS applications,
  pg_catalog.json_agg(pg_catalog.host(client_addr)) AS clients,
  pg_catalog.json_agg(state) AS states,
  pg_catalog.json_agg(n) AS counts,
  pg_catalog.json_agg(pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - state_change)) AS state_ages,
  pg_catalog.json_agg(pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - xact_start)) AS transaction_ages${ofSessions.columns}
FROM (
  SELECT datid, usesysid, application_name, client_addr, state, pg_catalog.count(*) AS n,
    pg_catalog.min(state_change) AS state_change, pg_catalog.min(xact_start) AS xact_start${ofSessions.lists}
  FROM pg_catalog.pg_stat_get_activity(NULL)
  WHERE backend_type = 'client backend' AND pid <> pg_catalog.pg_backend_pid()
  GROUP BY 1, 2, 3, 4, 5
) g`;

/** Counts only: where reclaim is off. */
export const SAMPLE_STATEMENT = statement({ columns: '', lists: '' });

/** Microseconds since the epoch. */
const moment = (timestamp: string) =>
  `(pg_catalog.date_part('epoch', ${timestamp}) * 1000000)::pg_catalog.int8`;

/** Of 52 bits, which a JSON number holds exactly; NULL for a session that has done nothing since $1. */
const hash = (text: string) =>
  `CASE WHEN state_change > $1::pg_catalog.timestamptz
    THEN pg_catalog.hashtextextended(${text}, 0) & 4503599627370495 END`;

const listOf = (name: string, value: string) =>
  `,
    pg_catalog.array_to_json(pg_catalog.array_agg(${value})) AS ${name}`;

/**
 * What stands before the first literal: a quotation mark, or a digit that is not part of a name. `translate` or
 * `regexp_replace` over the whole text would also keep what follows, at five to ten times the cost.
 */
const SHAPE = `pg_catalog.substring(pg_catalog."left"(query, 200), '^(?:[^0-9'']|[[:alpha:]_][0-9]+)*')`;

/**
 * The same with every session, a list for each group: which session, since when it does what it does, and two hashes
 * of its last statement. The server makes them: no text leaves it.
 *
 * `$1`: the time of the sample before, as text. Sessions that have not changed since come without hashes, the dear part.
 */
export const SAMPLE_STATEMENT_WITH_SESSIONS = statement({
  columns: `,
  ${moment('pg_catalog.clock_timestamp()')} AS now,
  pg_catalog.json_agg(pids) AS pids, pg_catalog.json_agg(started) AS started, pg_catalog.json_agg(changed) AS changed,
  pg_catalog.json_agg(shapes) AS shapes, pg_catalog.json_agg(texts) AS texts`,
  lists: [
    listOf('pids', 'pid'),
    listOf('started', moment('backend_start')),
    listOf('changed', moment('state_change')),
    listOf('shapes', hash(SHAPE)),
    listOf('texts', hash('query')),
  ].join(''),
});

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const setting = v.pipe(v.string(), v.regex(/^\d+$/), v.transform(Number));
const optionalSetting = v.union([
  setting,
  v.pipe(
    v.nullable(v.literal('')),
    v.transform(() => 0),
  ),
]);
const text = v.nullable(v.string());
/** json_agg over no rows is NULL. */
const list = <Item extends v.GenericSchema>(item: Item) => v.nullish(v.array(item), []);
const ages = list(v.nullable(v.number()));
/** A list for each group; the statement without sessions has none. */
const ofSessions = list(v.array(v.nullable(v.number())));

const rowSchema = v.object({
  version_num: count,
  max_connections: setting,
  superuser_reserved: setting,
  reserved: optionalSetting,
  rds_superuser_reserved: optionalSetting,
  rds_reserved: optionalSetting,
  can_see: v.boolean(),
  can_signal: v.boolean(),
  is_replica: v.boolean(),
  started_at: v.string(),
  role: v.string(),
  role_limits: list(v.tuple([v.string(), count])),
  databases: list(v.tuple([v.number(), v.string(), v.number()])),
  datids: list(v.nullable(v.number())),
  roles: list(text),
  applications: list(text),
  clients: list(text),
  states: list(text),
  counts: list(count),
  state_ages: ages,
  transaction_ages: ages,
  now: v.optional(v.pipe(v.string(), v.regex(/^\d+$/), v.transform(Number))),
  pids: ofSessions,
  started: ofSessions,
  changed: ofSessions,
  shapes: ofSessions,
  texts: ofSessions,
});

type Row = v.InferOutput<typeof rowSchema>;

/** What one answer to {@link SAMPLE_STATEMENT} says. Counts and groups mean nothing unless `canSee`. */
export interface Answer {
  readonly capacity: Capacity;
  readonly server: Server;
  /** May we see the sessions of others (`pg_read_all_stats`)? */
  readonly canSee: boolean;
  readonly used: number;
  readonly groups: readonly SessionGroup[];
  readonly limits: readonly ConnectionLimit[];
  /** Null where the statement did not ask for them. */
  readonly sessions: SampledSessions | null;
}

/** Thrown when the server's answer does not have the form that PostgreSQL 12 to 18 give it. */
export class UnexpectedAnswerError extends GuardError {
  override readonly name = 'UnexpectedAnswerError';
}

/**
 * Reads the rows that {@link SAMPLE_STATEMENT} gave.
 *
 * @throws {UnexpectedAnswerError}
 */
export function readAnswer(rows: readonly unknown[]): Answer {
  const result = v.safeParse(v.tuple([rowSchema]), rows);
  if (!result.success) {
    const where = v.getDotPath(result.issues[0])?.replace(/^0\./, '') ?? 'the number of rows';
    throw new UnexpectedAnswerError(`the answer to the sample statement is not PostgreSQL's: ${where}`);
  }
  const [row] = result.output;
  const groups = groupsOf(row);
  return {
    capacity: {
      maxConnections: row.max_connections,
      superuserReserved: row.superuser_reserved,
      reserved: row.reserved,
      rdsSuperuserReserved: row.rds_superuser_reserved,
      rdsReserved: row.rds_reserved,
    },
    server: {
      versionNum: row.version_num,
      isReplica: row.is_replica,
      startedAt: row.started_at,
      canSignal: row.can_signal,
      role: row.role,
    },
    canSee: row.can_see,
    used: sum(groups),
    groups,
    limits: limitsOf(row, groups),
    sessions: row.now === undefined ? null : { at: row.now, sessions: sessionsOf(row, groups) },
  };
}

function groupsOf(row: Row): SessionGroup[] {
  const databases = new Map(row.databases.map(([oid, name]) => [oid, name]));
  return row.counts.map((n, i) => ({
    database: databases.get(row.datids[i] ?? 0) ?? null,
    role: row.roles[i] ?? null,
    application: row.applications[i] ?? '',
    client: row.clients[i] ?? null,
    state: stateOf(row.states[i]),
    count: n,
    oldestStateAge: ageOf(row.state_ages[i]),
    oldestTransactionAge: ageOf(row.transaction_ages[i]),
  }));
}

function sessionsOf(row: Row, groups: readonly SessionGroup[]): SampledSessions['sessions'] {
  return groups.flatMap(({ database, role, application, state }, group) =>
    (row.pids[group] ?? []).map((pid, i) => {
      const [shape, text] = [row.shapes[group]?.[i] ?? null, row.texts[group]?.[i] ?? null];
      return {
        ...{ database, role, application, state },
        pid: pid ?? 0,
        startedAt: row.started[group]?.[i] ?? 0,
        changedAt: row.changed[group]?.[i] ?? 0,
        statement: shape === null || text === null ? null : { shape, text },
      };
    }),
  );
}

function limitsOf(row: Row, groups: readonly SessionGroup[]): ConnectionLimit[] {
  const roles = row.role_limits.map(([name, limit]) => ({
    kind: 'role' as const,
    name,
    limit,
    used: sum(groups.filter((group) => group.role === name)),
  }));
  const databases = row.databases
    .filter(([, , limit]) => limit >= 0)
    .map(([, name, limit]) => ({
      kind: 'database' as const,
      name,
      limit,
      used: sum(groups.filter((group) => group.database === name)),
    }));
  return [...roles, ...databases];
}

const sum = (groups: readonly SessionGroup[]) => groups.reduce((total, group) => total + group.count, 0);

const stateOf = (text: string | null | undefined): SessionState =>
  SESSION_STATES.find((state) => state === text) ?? 'unknown';

/** A timestamp taken a moment after ours, by another process, can lie ahead of it. */
const ageOf = (seconds: number | null | undefined): number | null =>
  seconds === null || seconds === undefined ? null : Math.max(0, seconds);
