import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { REFUSAL_PATTERN } from '../../infra/monitoring/refused-logins.ts';
import { createRole, type Login } from '../../local/postgres/roles.ts';
import { type PostgresServer, startPostgres } from '../../local/postgres/server.ts';
import { matcherOf } from '../support/filter-pattern.ts';

const matches = matcherOf(REFUSAL_PATTERN.logPatternString);

describe.each(['default', 'verbose'])('the log of a server with log_error_verbosity = %s', (verbosity) => {
  let server: PostgresServer;
  let app: Login;
  let held: Client[];

  beforeAll(async () => {
    server = await startPostgres({
      maxConnections: 10,
      settings: {
        log_error_verbosity: verbosity,
        log_connections: 'on',
        log_statement: 'all',
        // RDS's own, which cannot be changed there.
        log_line_prefix: '%t:%r:%u@%d:[%p]:',
      },
    });
    app = await createRole(server);
    await server.query("CREATE ROLE limited LOGIN PASSWORD 'x' CONNECTION LIMIT 0");
    await server.query('CREATE DATABASE small CONNECTION LIMIT 0');
    held = [];
  });
  afterAll(async () => {
    await Promise.all(held.map((client) => client.end()));
    await server?.stop();
  });

  const login = async (user: string, password: string, database = 'postgres'): Promise<boolean> => {
    const client = new Client({ host: server.host, port: server.port, user, password, database });
    client.on('error', () => {});
    try {
      await client.connect();
      held.push(client);
      return true;
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === '53300') return false;
      // Refused for another reason: not to be counted.
      if (error instanceof Error && 'code' in error && ['28P01', '3D000'].includes(String(error.code)))
        return true;
      throw error;
    }
  };

  const counted = async () => (await server.readLog()).split('\n').filter(matches).length;

  test('counts every refused login once, whichever limit refused it, and nothing else', async () => {
    let refused = 0;
    const attempt = async (...args: Parameters<typeof login>) => {
      if (!(await login(...args))) refused += 1;
    };
    await attempt('limited', 'x');
    await attempt(app.user, app.password, 'small');
    await attempt(app.user, 'wrong');
    await attempt(app.user, app.password, 'none');
    for (let n = 0; n < 12; n += 1) await attempt(app.user, app.password);
    const { user, password } = server.superuser;
    for (let n = 0; n < 6; n += 1) await attempt(user, password);
    expect(refused).toBeGreaterThan(6);
    expect(await counted()).toBe(refused);
  });

  test('counts a burst of clients of several roles as often as they are refused, other FATAL lines beside them', async () => {
    // Slots for a part of the burst to get as far as the password, or the limit of a role.
    await Promise.all(held.splice(-3).map((client) => client.end()));
    const other = await createRole(server, { name: 'other' });
    await server.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app' LIMIT 1`,
    );
    const before = await counted();
    const clients: Parameters<typeof login>[] = [
      [app.user, app.password],
      [other.user, other.password],
      ['limited', 'x'],
      [app.user, app.password, 'small'],
      [app.user, 'wrong'],
      [other.user, other.password, 'none'],
    ];
    const burst = Array.from({ length: 10 }, () => clients.map((client) => login(...client))).flat();
    const refused = (await Promise.all(burst)).filter((isIn) => !isIn).length;
    expect(refused).toBeGreaterThan(20);
    expect((await counted()) - before).toBe(refused);
    const fatal = (await server.readLog()).split('\n').filter((line) => line.includes('FATAL:'));
    expect(fatal.length).toBeGreaterThan(await counted());
  });
});

test.each([
  'FATAL:  remaining connection slots are reserved for roles with privileges of the "rds_reserved" role',
  'FATAL:  remaining connection slots are reserved for non-replication superuser, rds_reserved, and rds_superuser connections',
  'FATAL:  remaining connection slots are reserved for roles with privileges of the "pg_use_reserved_connections" role',
  'FATAL:  remaining connection slots are reserved for non-replication superuser connections',
  'FATAL:  too many connections for role "app"',
])('a line of another version or of RDS is counted: %s', (text) => {
  expect(matches(`2026-11-24 08:00:00 UTC:10.0.0.7(40112):app@shop:[812]:${text}`)).toBe(true);
});

test.each([
  'FATAL:  password authentication failed for user "app"',
  'FATAL:  terminating connection due to administrator command',
  'LOG:  connection received: host=10.0.0.7 port=40112',
])('a line of another kind is not: %s', (text) => {
  expect(matches(`2026-11-24 08:00:00 UTC:10.0.0.7(40112):app@shop:[812]:${text}`)).toBe(false);
});
