import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { Client } from 'pg';
import { expect, test } from 'vitest';
import { createRole } from '../../../local/postgres/roles.ts';
import { startPostgres } from '../../../local/postgres/server.ts';
import { answers } from './answers.ts';

test('starts the major that was asked for, and stopping leaves neither process nor directory', async () => {
  const server = await startPostgres();
  const [row] = await server.query<{ v: string; directory: string }>(
    `SELECT current_setting('server_version_num') AS v, current_setting('data_directory') AS directory`,
  );
  const directory = dirname(row?.directory ?? '');
  expect(Math.floor(Number(row?.v) / 10_000)).toBe(server.major);
  expect(existsSync(directory)).toBe(true);
  await server.stop();
  await server.stop();
  expect(existsSync(directory)).toBe(false);
  expect(await answers(server.port)).toBe(false);
});

test('the admin gets in when every slot is taken, and takes none', async () => {
  await using server = await startPostgres({
    maxConnections: 5,
    settings: { superuser_reserved_connections: '0' },
  });
  const login = { host: server.host, port: server.port, database: 'postgres', ...(await createRole(server)) };
  const clients = Array.from({ length: 5 }, () => new Client(login));
  await Promise.all(clients.map((client) => client.connect()));
  const [row] = await server.query(
    `SELECT count(*)::int AS n FROM pg_stat_activity WHERE backend_type = 'client backend'`,
  );
  expect(row).toEqual({ n: 5 });
  await Promise.all(clients.map((client) => client.end()));
});
