import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, escapeIdentifier } from 'pg';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createAuthority } from '../../../local/postgres/certificates.ts';
import { createMonitor, createRole, type Login } from '../../../local/postgres/roles.ts';
import { type PostgresServer, startPostgres } from '../../../local/postgres/server.ts';
import { environmentFor, runCommand } from '../support.ts';

/** The name that the test authority gives every certificate, so that it can be a role's, too. */
const CERTIFIED = 'Test server';

let server: PostgresServer;
let guard: Login;
let home: string;
let socket: string;

beforeAll(async () => {
  const authority = await createAuthority();
  home = await mkdtemp(join(tmpdir(), 'ways-'));
  // The server runs as another user.
  await chmod(home, 0o755);
  await writeFile(join(home, 'ca.pem'), authority.certificate);
  await writeFile(
    join(home, 'hba.conf'),
    `local all postgres trust\nlocal all all scram-sha-256\nhostssl all ${JSON.stringify(CERTIFIED)} 127.0.0.1/32 cert\nhost all all 127.0.0.1/32 scram-sha-256\n`,
  );
  const client = await authority.issue({});
  await writeFile(join(home, 'client.crt'), client.certificate);
  await writeFile(join(home, 'client.key'), client.key);
  server = await startPostgres({
    maxConnections: 20,
    tls: await authority.issue({ dns: ['localhost'] }),
    settings: { ssl_ca_file: join(home, 'ca.pem'), hba_file: join(home, 'hba.conf') },
  });
  guard = await createMonitor(server);
  await createMonitor(server, { name: CERTIFIED });
  const [row] = await server.query<{ unix_socket_directories: string }>('SHOW unix_socket_directories');
  socket = row?.unix_socket_directories ?? '';
});
afterAll(async () => {
  await server.stop();
  await rm(home, { recursive: true });
});

const withoutTls = () => environmentFor(server, guard);

describe('the options of psql', () => {
  test('name the server as it takes them, before a URL and the environment', async () => {
    const { PGPASSWORD } = withoutTls();
    const env = { PGPASSWORD, PGSSLMODE: 'disable', PGHOST: 'nowhere.invalid', PGUSER: 'none' };
    const words = ['-h', '127.0.0.1', '-p', String(server.port), '-U', guard.user, '-d', 'template1'];
    const run = await runCommand(['check', ...words, '--url', 'postgres://other.invalid'], env);
    expect(run).toMatchObject({ code: 0, err: '' });
    expect(run.out).toContain(`127.0.0.1:${server.port}/template1`);
  });
});

describe('the Unix socket', () => {
  test('lets the superuser of the machine into a full server, without TLS or password', async () => {
    const app = await createRole(server, { name: 'app' });
    const clients = Array.from(
      { length: 17 },
      () => new Client({ host: '127.0.0.1', port: server.port, database: 'postgres', ...app }),
    );
    try {
      for (const client of clients) await client.connect();
      const words = ['-h', socket, '-p', String(server.port), '-U', 'postgres'];
      const { code, out } = await runCommand(['check', ...words], {});
      expect(code).toBe(2);
      expect(out).toMatch(/^FULL localhost: 17 of 17 usable slots used \(100%\), 0 left/);
      expect(out).toContain(
        `first step: rds-connection-guard terminate -h ${socket} -p ${server.port} -U postgres --idle-for`,
      );
    } finally {
      await Promise.all(clients.map((client) => client.end()));
    }
  });

  test('that wants a password says so', async () => {
    const { code, out } = await runCommand(
      ['check', '-h', socket, '-p', String(server.port), '-U', guard.user],
      {},
    );
    expect(code).toBe(3);
    expect(out).toContain('the server asks for a password, and there is none');
  });
});

describe('a client certificate', () => {
  const env = () => ({
    PGHOST: 'localhost',
    PGPORT: String(server.port),
    PGUSER: CERTIFIED,
    PGSSLROOTCERT: join(home, 'ca.pem'),
    PGSSLCERT: join(home, 'client.crt'),
    PGSSLKEY: join(home, 'client.key'),
  });

  test('logs in where the server asks for one, and nothing else does', async () => {
    expect(await runCommand(['check'], env())).toMatchObject({ code: 0, err: '' });
    const without = await runCommand(['check'], { ...env(), PGSSLCERT: '', PGSSLKEY: '', PGPASSWORD: 'x' });
    expect(without).toMatchObject({ code: 3, out: expect.stringContaining('[28000]') });
  });

  test('needs its key', async () => {
    const { code, err } = await runCommand(['check'], { ...env(), PGSSLKEY: '' });
    expect(code).toBe(3);
    expect(err).toContain('takes both sslcert and sslkey');
  });
});

describe('a name', () => {
  const service = () =>
    `[orders]\nhost=127.0.0.1\nport=${server.port}\nuser=${guard.user}\npassword=${guard.password}\nsslmode=disable\n`;

  test('is a service of ~/.pg_service.conf where no configuration has it', async () => {
    await writeFile(join(home, '.pg_service.conf'), service());
    const world = { home, cwd: home };
    expect(await runCommand(['check', 'orders'], {}, world)).toMatchObject({
      code: 0,
      err: '',
      out: expect.stringMatching(/^OK orders: /),
    });
    const run = await runCommand(['check', 'ordrs'], {}, world);
    expect(run).toMatchObject({ code: 3, err: expect.stringContaining('there is no service ordrs') });
  });

  test('is not needed for --all, which checks every database of the configuration side by side', async () => {
    const login = { iam: { user: guard.user, resourceId: 'db-ABCDEFGHIJKLMNOPQRSTUVWXYZ' } };
    const config = {
      network: {
        vpcId: 'vpc-0123456789abcdef0',
        subnetIds: ['subnet-0123456789abcdef0'],
        databaseSecurityGroupId: 'sg-0123456789abcdef0',
      },
      databases: [
        { name: 'a', host: '127.0.0.1', port: server.port, login, tls: { mode: 'disable' } },
        { name: 'b', host: '127.0.0.1', port: 1, login, tls: { mode: 'disable' } },
      ],
    };
    await writeFile(join(home, 'fleet.json'), JSON.stringify(config));
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'x');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'x');
    const run = await runCommand(
      ['check', '--all', '--config', 'fleet.json'],
      { AWS_REGION: 'eu-west-1' },
      {
        cwd: home,
      },
    );
    vi.unstubAllEnvs();
    expect(run).toMatchObject({ code: 3, err: '' });
    // No RDS here takes the token: what is said of the one does not depend on the other.
    expect(run.out.split('\n')).toEqual([
      expect.stringMatching(/^UNKNOWN a: login refused/),
      expect.stringMatching(/^UNKNOWN b: no connection/),
    ]);
  });
});

test('names that are not safe to paste stand in no statement of doctor', async () => {
  const hostile = 'app"; DROP TABLE x; --`$(reboot)';
  await server.query(`CREATE ROLE ${escapeIdentifier(hostile)} LOGIN`);
  const { out } = await runCommand(['doctor', '--json'], withoutTls());
  const findings: { text: string; remedy: string[] }[] = JSON.parse(out);
  const remedies = findings.flatMap(({ remedy }) => remedy);
  expect(remedies.join('\n')).not.toContain('reboot');
  expect(remedies).toContain('-- a role whose name is not safe to paste: write its statement by hand');
  await server.query(`DROP ROLE ${escapeIdentifier(hostile)}`);
});
