import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defaultMajor } from '../../../local/postgres/binaries.ts';
import { createAuthority } from '../../../local/postgres/certificates.ts';
import { createMonitor, createRole, type Login } from '../../../local/postgres/roles.ts';
import { type PostgresServer, startPostgres } from '../../../local/postgres/server.ts';
import { environmentFor, runCommand } from '../support.ts';

let server: PostgresServer;
let guard: Login;
let home: string;
let caFile: string;

beforeAll(async () => {
  const authority = await createAuthority();
  server = await startPostgres({
    tls: await authority.issue({ dns: ['localhost'] }),
    settings: defaultMajor() >= 16 ? { reserved_connections: '2' } : {},
  });
  guard = await createMonitor(server, { usesReserved: defaultMajor() >= 16 });
  home = await mkdtemp(join(tmpdir(), 'home-'));
  caFile = join(home, 'ca.pem');
  await writeFile(caFile, authority.certificate);
});
afterAll(async () => {
  await server.stop();
  await rm(home, { recursive: true });
});

const environment = () => ({ ...environmentFor(server, guard), PGSSLMODE: '', PGHOST: 'localhost' });

describe('TLS', () => {
  test('is used and verified without being asked for', async () => {
    const { code, out } = await runCommand(['doctor', '--ca-file', caFile, '--json'], environment());
    expect(code).toBe(1);
    expect(JSON.parse(out)).toContainEqual({
      topic: 'login',
      weight: 'good',
      text: 'logged in as guard over TLS, certificate and host name verified',
      remedy: [],
    });
  });

  test.each([
    ['an authority that is not trusted', {}, /^UNKNOWN .*(?:TLS: the server cannot be verified|self-signed)/],
    [
      'a host name that the certificate does not have',
      { PGHOST: '127.0.0.1', PGSSLROOTCERT: 'ours' },
      /^UNKNOWN .*the certificate of the server is for another host name/,
    ],
    [
      'sslmode=require, which libpq does not verify',
      { PGHOST: '127.0.0.1', PGSSLROOTCERT: 'ours', PGSSLMODE: 'require' },
      /^UNKNOWN .*the certificate of the server is for another host name/,
    ],
  ])('%s is refused', async (_what, changed, words) => {
    const ours = 'PGSSLROOTCERT' in changed ? { PGSSLROOTCERT: caFile } : {};
    const { code, out } = await runCommand(['check'], { ...environment(), ...changed, ...ours });
    expect(code).toBe(3);
    expect(out).toMatch(words);
  });
});

describe('the password', () => {
  const without = () => ({ ...environment(), PGPASSWORD: '', PGSSLROOTCERT: caFile });

  test('may stand in the password file', async () => {
    await writeFile(join(home, '.pgpass'), `localhost:*:*:guard:${guard.password}\n`, { mode: 0o600 });
    expect((await runCommand(['check'], without(), { home })).code).toBe(0);
  });

  test('and everything else in a service', async () => {
    const settings = `host=localhost\nport=${server.port}\nuser=guard\npassword=${guard.password}\nsslrootcert=${caFile}\n`;
    await writeFile(join(home, '.pg_service.conf'), `[ours]\n${settings}`);
    expect((await runCommand(['check'], { PGSERVICE: 'ours' }, { home })).code).toBe(0);
  });

  test('is asked for, unseen, where a person sits', async () => {
    const asked: unknown[] = [];
    const run = await runCommand(['check'], without(), {
      ask: async (question, { secret }) => {
        asked.push([question, secret]);
        return guard.password;
      },
    });
    expect(run.code).toBe(0);
    expect(asked).toEqual([['Password for guard: ', true]]);
  });

  test('in a URL works, with a note, and is never repeated', async () => {
    const url = `postgres://guard:${guard.password}@localhost:${server.port}/postgres?sslrootcert=${caFile}`;
    const good = await runCommand(['check', '--url', url], {});
    expect(good.code).toBe(0);
    expect(good.err).toContain('shows in the process list');
    const bad = await runCommand(['check', '--url', url.replace('guard:', 'other:')], {});
    expect(bad.code).toBe(3);
    expect(good.out + good.err + bad.out + bad.err).not.toContain(guard.password);
  });

  test('--iam needs to know the region', async () => {
    const run = await runCommand(['check', '--iam'], without());
    expect(run).toMatchObject({ code: 3, err: expect.stringContaining('Set AWS_REGION') });
  });
});

test.runIf(defaultMajor() >= 16)(
  'a full server lets the guard in by the slots that are kept for it',
  async () => {
    const app = await createRole(server);
    const clients = Array.from(
      { length: 15 },
      () => new Client({ host: '127.0.0.1', port: server.port, ...app, database: 'postgres' }),
    );
    try {
      for (const client of clients) {
        client.on('error', () => {});
        await client.connect();
      }
      const trusted = await runCommand(['check'], { ...environment(), PGSSLROOTCERT: caFile });
      expect(trusted.code).toBe(2);
      expect(trusted.out).toMatch(/^FULL localhost: 15 of 15 usable slots used \(100%\), 0 left/);
      const other = await runCommand(['doctor', '--json'], { ...environmentFor(server, app) });
      expect(JSON.parse(other.out)).toEqual([
        {
          topic: 'reserved-slot',
          weight: 'problem',
          text: 'logins refused, only reserved slots left',
          remedy: ['GRANT pg_use_reserved_connections TO "app";'],
        },
      ]);
    } finally {
      await Promise.all(clients.map((client) => client.end().catch(() => {})));
    }
  },
);
