import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { endIdle, endOpenTransactions } from '../../../lambda/report/message/pasteable-commands.ts';
import { createRole, type Login } from '../../../local/postgres/roles.ts';
import { type PostgresServer, startPostgres } from '../../../local/postgres/server.ts';
import { clientBackends, logIn, logOut, until } from '../observe/rig.ts';

let server: PostgresServer;
let app: Login;

beforeAll(async () => {
  server = await startPostgres({ maxConnections: 20 });
  app = await createRole(server, { name: 'orders_app' });
});
afterAll(() => server?.stop());

/** Runs what a message offers as psql does: what the statement gives are statements, and `\gexec` runs each by itself. */
async function paste(lines: readonly string[] | null, inBetween: () => Promise<unknown>) {
  const client = new Client({
    host: server.host,
    port: server.port,
    database: 'postgres',
    ...server.superuser,
  });
  await client.connect();
  try {
    const [sql = '', rest] = (lines ?? []).join('\n').split('\\gexec');
    expect(rest).toBe('');
    const [path, listed] = (await client.query(sql)) as unknown as { command: string; rows: object[] }[];
    expect(path?.command).toBe('SET');
    await inBetween();
    const ended: unknown[] = [];
    for (const row of listed?.rows ?? []) {
      const { rows } = await client.query(String(Object.values(row)[0]));
      ended.push(...rows.map((result: object) => Object.values(result)[1]));
    }
    return ended;
  } finally {
    await client.end();
  }
}

test('what a message offers to paste ends idle sessions, and spares the one that came back in between', async () => {
  const [first, second] = await logIn(server, 2, app);
  const ended = await paste(endIdle('orders_app', 0), async () => await second?.query('SELECT 1'));
  expect(ended).toHaveLength(2);
  expect(new Set(ended)).toEqual(new Set([true, null]));
  await until(async () => (await clientBackends(server)) === 1);
  await expect(first?.query('SELECT 1')).rejects.toThrow();
  expect((await second?.query('SELECT 1'))?.rowCount).toBe(1);
  await logOut([second].flatMap((client) => client ?? []));
});

test('what a message offers against open transactions spares those that are only idle', async () => {
  const [idle, open] = await logIn(server, 2, app);
  await open?.query('BEGIN; SELECT 1');
  expect(await paste(endOpenTransactions('orders_app', 0), async () => {})).toEqual([true]);
  expect((await idle?.query('SELECT 1'))?.rowCount).toBe(1);
  await logOut([idle].flatMap((client) => client ?? []));
});
