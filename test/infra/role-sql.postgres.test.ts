import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { roleSql } from '../../infra/role-sql.ts';
import { type PostgresServer, startPostgres } from '../../local/postgres/server.ts';

describe('the statements for the guard’s role', () => {
  let server: PostgresServer;

  beforeAll(async () => {
    server = await startPostgres({ maxConnections: 20 });
    await server.query('CREATE ROLE rds_iam');
  });
  afterAll(() => server?.stop());

  const rolesOf = async (user: string) => {
    const rows = await server.query<{ granted: string; rolconnlimit: number; rolcanlogin: boolean }>(
      `SELECT g.rolname AS granted, m.rolconnlimit, m.rolcanlogin FROM pg_auth_members
         JOIN pg_roles g ON g.oid = roleid JOIN pg_roles m ON m.oid = member
       WHERE m.rolname = ${quote(user)} ORDER BY 1`,
    );
    for (const row of rows) expect(row).toMatchObject({ rolconnlimit: 5, rolcanlogin: true });
    return rows.map(({ granted }) => granted);
  };
  const reserved = () => (server.major >= 16 ? ['pg_use_reserved_connections'] : []);

  test('the role sees sessions and may use the reserved slots, and no more; running it again changes nothing', async () => {
    const sql = roleSql({ user: 'guard', login: 'iam', terminate: false });
    for (let run = 1; run <= 2; run += 1) {
      await server.query(sql);
      expect(await rolesOf('guard')).toEqual(['pg_monitor', ...reserved(), 'rds_iam']);
    }
  });

  test('may signal others only while reclaim terminates', async () => {
    await server.query(roleSql({ user: 'ender', login: 'password', terminate: true }));
    expect(await rolesOf('ender')).toEqual(['pg_monitor', 'pg_signal_backend', ...reserved()]);
    await server.query(roleSql({ user: 'ender', login: 'password', terminate: false }));
    expect(await rolesOf('ender')).toEqual(['pg_monitor', ...reserved()]);
  });

  test.each([`o'brien "x"; DROP TABLE t; --`, `back\\slash'`, '$guard$', 'Ünïcode'])(
    'a role named %s is quoted',
    async (user) => {
      await server.query(roleSql({ user, login: 'password', terminate: true }));
      expect(await rolesOf(user)).toContain('pg_monitor');
    },
  );

  test('sees the sessions of others once it can log in', async () => {
    await server.query(roleSql({ user: 'looker', login: 'password', terminate: false }));
    await server.query(`ALTER ROLE looker PASSWORD 'x'`);
    const client = new Client({
      host: server.host,
      port: server.port,
      user: 'looker',
      password: 'x',
      database: 'postgres',
    });
    await client.connect();
    try {
      const { rows } = await client.query(`SELECT pg_has_role('pg_read_all_stats', 'USAGE') AS sees`);
      expect(rows).toEqual([{ sees: true }]);
    } finally {
      await client.end();
    }
  });
});

/** As the server itself would: doubles quotes and escapes backslashes. */
function quote(text: string): string {
  return `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}
