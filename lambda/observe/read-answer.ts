import * as v from 'valibot';
import type { ConnectionLimit, Finding, PartialView, Sample, SessionGroup } from '../model/observation.ts';
import { type SampledSessions, SESSION_STATES, type SessionState } from '../model/sampled-session.ts';
import { GuardError } from '../shared/guard-error.ts';

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
  come_back: list(count),
  used_once: list(count),
  waiting: list(count),
  opened: list(count),
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

/** Thrown when the server's answer does not have the form that PostgreSQL 12 to 18 give it. */
export class UnexpectedAnswerError extends GuardError {
  override readonly name = 'UnexpectedAnswerError';
}

/**
 * Reads the rows that the sample statement gave: a partial view where we may not see the sessions of others.
 *
 * @throws {UnexpectedAnswerError}
 */
export function readAnswer(rows: readonly unknown[]): Finding<Sample | PartialView> {
  const result = v.safeParse(v.tuple([rowSchema]), rows);
  if (!result.success) {
    const where = v.getDotPath(result.issues[0])?.replace(/^0\./, '') ?? 'the number of rows';
    throw new UnexpectedAnswerError(`the answer to the sample statement is not PostgreSQL's: ${where}`);
  }
  const [row] = result.output;
  const server = {
    versionNum: row.version_num,
    isReplica: row.is_replica,
    startedAt: row.started_at,
    canSignal: row.can_signal,
    role: row.role,
  };
  const capacity = {
    maxConnections: row.max_connections,
    superuserReserved: row.superuser_reserved,
    reserved: row.reserved,
    rdsSuperuserReserved: row.rds_superuser_reserved,
    rdsReserved: row.rds_reserved,
  };
  if (!row.can_see) return { kind: 'partial', capacity, server };
  const groups = groupsOf(row);
  return {
    kind: 'sample',
    capacity,
    server,
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
    returning: row.come_back[i] ?? 0,
    usedOnce: row.used_once[i] ?? 0,
    waiting: row.waiting[i] ?? 0,
    opened: row.opened[i] ?? 0,
  }));
}

function sessionsOf(row: Row, groups: readonly SessionGroup[]): SampledSessions['sessions'] {
  return groups.flatMap(({ database, role, application, state }, group) =>
    (row.pids[group] ?? []).map((pid, i) => {
      const [shape, text] = [row.shapes[group]?.[i] ?? null, row.texts[group]?.[i] ?? null];
      return {
        database,
        role,
        application,
        state,
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
