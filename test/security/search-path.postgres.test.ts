import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { budgetSql } from '../../cli/fit/budget-sql.ts';
import { roleSql } from '../../infra/role-sql.ts';
import { budgetsSchema } from '../../lambda/config/budgets.ts';
import { parse } from '../../lambda/config/validation.ts';
import type { HeadBlocker } from '../../lambda/model/head-blocker.ts';
import { FAILURE_CLASSES, LIMITS } from '../../lambda/model/observation.ts';
import { headBlocker } from '../../lambda/observe/head-blocker.ts';
import { readRows } from '../../lambda/reclaim/list-sessions.ts';
import { terminate } from '../../lambda/reclaim/terminate.ts';
import { actionsFor } from '../../lambda/report/message/next-steps.ts';
import { endBlocker, HOLDERS_QUERY } from '../../lambda/report/message/pasteable-commands.ts';
import { systemClock } from '../../lambda/shared/clock.ts';
import { createMonitor, createRole, type Login } from '../../local/postgres/roles.ts';
import { type PostgresServer, startPostgres } from '../../local/postgres/server.ts';
import { environmentFor, runCommand } from '../cli/support.ts';
import { always, observe, observerOf, sampleIn, until } from '../lambda/observe/rig.ts';
import {
  alertAfter,
  failure,
  leak,
  minutesAfterStart,
  refusal,
  sample,
} from '../lambda/report/situations.ts';
import { CALLED, plantStandIns } from '../support/hostile-schema.ts';

// A login that may create functions somewhere in the search path would otherwise have its own called by the guard, and
// by the superuser who runs the command line or pastes what it prints.

let server: PostgresServer;
let guard: Login;
let mallory: Login;
let app: Login;

beforeAll(async () => {
  server = await startPostgres({ maxConnections: 30 });
  guard = await createMonitor(server, { canSignal: true });
  mallory = await createRole(server, { name: 'mallory' });
  app = await createRole(server, { name: 'orders_app' });
  for (const name of ['orders_worker', 'bi', 'anna']) await createRole(server, { name });
  await server.query('CREATE ROLE rds_iam');
  await server.query('CREATE DATABASE as_login');
  await inDatabase('as_login', 'GRANT CREATE ON SCHEMA public TO mallory');
  await plantStandIns(server, { ...mallory, database: 'as_login', schema: 'public' });
  for (const name of ['as_owner', 'by_role']) {
    await server.query(`CREATE DATABASE ${name} TEMPLATE as_login`);
    await inDatabase(name, 'ALTER SCHEMA public RENAME TO evil');
  }
  // The owner of a database may set its search_path, and needs no grant for it.
  await server.query('ALTER DATABASE as_owner OWNER TO mallory');
  await withClient(mallory, 'as_owner', (client) =>
    client.query('ALTER DATABASE as_owner SET search_path = evil, pg_catalog'),
  );
  for (const role of ['guard', 'postgres'])
    await server.query(`ALTER ROLE ${role} IN DATABASE by_role SET search_path = evil, pg_catalog`);
});
afterAll(() => server?.stop());

/** A session that does nothing against the stand-ins, as any client opens it. */
async function withClient<Value>(
  login: Login,
  database: string,
  use: (client: Client) => Promise<Value>,
): Promise<Value> {
  const client = new Client({ host: server.host, port: server.port, database, ...login });
  client.on('error', () => {});
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

const inDatabase = (database: string, sql: string) =>
  withClient(server.superuser, database, (client) => client.query(sql));

const calls = async () => (await server.readLog()).split(CALLED).length - 1;

describe.each([
  ['by a plain login with CREATE on public', 'as_login'],
  ['by the owner of the database, first in its search_path', 'as_owner'],
  ['first in the search_path of the guard’s and the superuser’s roles', 'by_role'],
])('stand-ins for all that our statements name, planted %s,', (_, database) => {
  test('are called by a session that does not fix its path: the trap works', async () => {
    await withClient(guard, database, async (client) => {
      for (const sql of [`SELECT pg_has_role('pg_read_all_stats', 'USAGE')`, 'SELECT 1::oid = 1::int8']) {
        const before = await calls();
        await client.query(sql);
        expect(await calls()).toBeGreaterThan(before);
      }
    });
  });

  test('are never called by sample, head blocker, list and terminate, which see and do what is true', async () => {
    const before = await calls();
    const observer = observerOf(server, always(guard), { database }, { withSessions: true });
    await using _closed = { [Symbol.asyncDispose]: () => observer.close() };
    await withClient(app, 'postgres', async (client) => {
      await client.query('SELECT 1');
      const { used, groups, sessions, server: observed } = sampleIn(await observe(observer));
      expect({ used, groups }).toMatchObject({ used: 1, groups: [{ role: 'orders_app', state: 'idle' }] });
      expect(sessions?.sessions).toHaveLength(1);
      expect(observed.canSignal).toBe(true);
      const session = observer.session;
      if (session === null) throw new Error('no session');
      expect(await headBlocker(session, 1)).toBeNull();
      const rows = await readRows(session);
      expect(rows).toMatchObject([{ role: 'orders_app', database: 'postgres', state: 'idle', whole: true }]);
      const ended = await terminate(session, rows, systemClock, new AbortController().signal);
      expect(ended).toEqual({ outcomes: ['ended'], failure: null });
      await until(async () => sampleIn(await observe(observer)).used === 0);
    });
    expect(await calls()).toBe(before);
  });

  test.each([['check'], ['doctor'], ['sessions', '--state', 'all'], ['terminate', '--dry-run']])(
    'are never called by %s, run as the superuser',
    async (...command) => {
      const before = await calls();
      const environment = { ...environmentFor(server, server.superuser), PGDATABASE: database };
      const { code, err } = await runCommand(command, environment);
      expect({ code, err }).not.toMatchObject({ code: 3 });
      expect(await calls()).toBe(before);
    },
  );

  test('are never called by the search for the session that blocks others, the statement that ends it, and limits for budgets', async () => {
    const before = await calls();
    const observer = observerOf(server, always(guard), { database });
    await using _closed = { [Symbol.asyncDispose]: () => observer.close() };
    await observe(observer);
    const { session } = observer;
    if (session === null) throw new Error('no session');
    await withClient(app, 'postgres', (holder) =>
      withClient(app, 'postgres', async (waiter) => {
        await holder.query('BEGIN; SELECT pg_advisory_xact_lock(1)');
        const granted = waiter.query('SELECT pg_advisory_lock(1)');
        const found: HeadBlocker[] = [];
        await until(async () => {
          const head = await headBlocker(session, 1);
          if (head !== null) found.push(head);
          return head !== null;
        });
        expect(found).toMatchObject([{ role: 'orders_app', blocks: 1, state: 'idle in transaction' }]);
        const ending = found.flatMap((head) => endBlocker(head) ?? []);
        await inDatabase(database, ending.join('\n'));
        await granted;
      }),
    );
    const budgets = parse(budgetsSchema, [{ name: 'app', role: 'orders_app', sessions: 9 }], 'the budgets');
    await inDatabase(database, budgetSql(budgets));
    const limits = await server.query(`SELECT rolconnlimit FROM pg_roles WHERE rolname = 'orders_app'`);
    expect(limits).toEqual([{ rolconnlimit: 9 }]);
    expect(await calls()).toBe(before);
  });

  test('are never called by the statements that make the guard’s role', async () => {
    const before = await calls();
    for (const [user, login] of [
      ['made', 'password'],
      ['made_iam', 'iam'],
    ] as const)
      await inDatabase(database, roleSql({ user, login, terminate: true }));
    expect(await server.query(`SELECT 1 FROM pg_roles WHERE rolname LIKE 'made%'`)).toHaveLength(2);
    expect(await calls()).toBe(before);
  });

  test('are never called by a statement that a message offers', async () => {
    const minute = minutesAfterStart;
    const alerts = [
      alertAfter(leak(160)),
      alertAfter([{ ...sample(minute(0), 0), kind: 'partial' }]),
      ...LIMITS.map((limit) => alertAfter([...leak(160), refusal(minute(31), limit)])),
      ...FAILURE_CLASSES.map((kind) => alertAfter([failure(minute(0), kind), failure(minute(1), kind)])),
    ];
    const statements = new Set(
      [
        { language: 'sql', lines: HOLDERS_QUERY },
        ...alerts.flatMap((alert) => actionsFor(alert, { timeZone: 'UTC' })),
      ].flatMap(({ language, lines }) => (language === 'sql' ? [lines.join('\n')] : [])),
    );
    expect(statements.size).toBeGreaterThan(8);
    const before = await calls();
    for (const statement of statements) {
      if (statement.includes('idle_session_timeout') && server.major < 14) continue;
      await inDatabase(database, statement.replace('\\gexec', ''));
      if (statement.includes('SELECT'))
        expect(statement).toMatch(/^SET search_path = pg_catalog, pg_temp;\s/);
    }
    expect(await calls()).toBe(before);
  });
});

test('the path fixed at login outranks ALTER ROLE, ALTER DATABASE and both together', async () => {
  await server.query('ALTER ROLE guard SET search_path = evil, pg_catalog');
  const observer = observerOf(server, always(guard), { database: 'as_owner' });
  await observe(observer);
  expect(await observer.session?.query('SHOW search_path')).toEqual([{ search_path: 'pg_catalog,pg_temp' }]);
  await observer.close();
  await server.query('ALTER ROLE guard RESET search_path');
});
