import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect as connectTo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CredentialsProvider } from '../../../lambda/model/session.ts';
import { type Authority, createAuthority } from '../../../local/postgres/certificates.ts';
import { createMonitor, createRole, type Login } from '../../../local/postgres/roles.ts';
import { type PostgresServer, startPostgres } from '../../../local/postgres/server.ts';
import {
  always,
  clientBackends,
  failureIn,
  observe,
  observerOf,
  sampleIn,
  sampleOnce,
  until,
} from './rig.ts';

let server: PostgresServer;
let monitor: Login;
let authority: Authority;
let directory: string;
let caFile: string;

beforeAll(async () => {
  authority = await createAuthority();
  directory = await mkdtemp(join(tmpdir(), 'ca-'));
  caFile = join(directory, 'ca.pem');
  await writeFile(caFile, authority.certificate);
  server = await startPostgres({ tls: await authority.issue({ ip: ['127.0.0.1'] }) });
  monitor = await createMonitor(server);
});

afterAll(async () => {
  await server.stop();
  await rm(directory, { recursive: true });
});

/** Restarts the server as a standby with no primary to follow. */
async function becomeStandby(of: PostgresServer): Promise<void> {
  const [row] = await of.query<{ directory: string }>(
    `SELECT current_setting('data_directory') AS directory`,
  );
  await writeFile(join(row?.directory ?? '', 'standby.signal'), '');
  await of.restart();
}

const fails = async (...args: Parameters<typeof observerOf>) =>
  failureIn(await sampleOnce(observerOf(...args)));

describe('credentials', () => {
  test('a password that was rotated is fetched afresh, once', async () => {
    const asked: boolean[] = [];
    const rotating: CredentialsProvider = {
      credentials: async ({ fresh }) => {
        asked.push(fresh);
        return fresh ? monitor : { ...monitor, password: 'old' };
      },
    };
    sampleIn(await sampleOnce(observerOf(server, rotating)));
    expect(asked).toEqual([false, true]);
  });

  test('a wrong password is a failure after the second try', async () => {
    const asked: boolean[] = [];
    const wrong: CredentialsProvider = {
      credentials: async ({ fresh }) => {
        asked.push(fresh);
        return { ...monitor, password: 'wrong' };
      },
    };
    expect(await fails(server, wrong)).toMatchObject({ class: 'credentials', code: '28P01' });
    expect(asked).toEqual([false, true]);
  });

  test('a role that may not log in', async () => {
    const role = await createRole(server, { name: 'group' });
    await server.query('ALTER ROLE "group" NOLOGIN');
    expect(await fails(server, always(role))).toMatchObject({ class: 'credentials', code: '28000' });
  });

  test('a database that does not exist', async () => {
    const failure = await fails(server, always(monitor), { database: 'none' });
    expect(failure).toMatchObject({ class: 'no-database', code: '3D000' });
  });

  test('a database that the role may not connect to', async () => {
    await server.query('CREATE DATABASE closed');
    await server.query('REVOKE CONNECT ON DATABASE closed FROM PUBLIC');
    const failure = await fails(server, always(monitor), { database: 'closed' });
    expect(failure).toMatchObject({ class: 'privilege', code: '42501' });
  });
});

describe('TLS', () => {
  const verified = (overrides: object = {}) => ({
    tls: { mode: 'verify-full' as const, caFile, ...overrides },
  });

  test('the certificate and the name are verified, and the session is encrypted', async () => {
    const observer = observerOf(server, always(monitor), verified());
    sampleIn(await observe(observer));
    expect(await observer.session?.query('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()')).toEqual(
      [{ ssl: true }],
    );
    await observer.close();
  });

  test('a certificate for another name is refused', async () => {
    const failure = await fails({ ...server, host: 'localhost' }, always(monitor), verified());
    expect(failure).toMatchObject({ class: 'tls', code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  });

  test('a certificate of an authority that is not trusted is refused', async () => {
    const other = join(directory, 'other.pem');
    await writeFile(other, (await createAuthority()).certificate);
    expect((await fails(server, always(monitor), verified({ caFile: other }))).class).toBe('tls');
    const failure = await fails(server, always(monitor), { tls: { mode: 'verify-full' } });
    expect(failure.class).toBe('tls');
  });

  test('a file of certificates that is not there is said so', async () => {
    const failure = await fails(server, always(monitor), verified({ caFile: join(directory, 'none.pem') }));
    expect(failure).toMatchObject({ class: 'tls', code: 'ENOENT' });
  });

  test('a server without TLS is refused', async () => {
    await using plain = await startPostgres();
    const failure = await fails(plain, always(monitor), verified());
    expect(failure).toMatchObject({ class: 'tls', code: null });
  });
});

describe('a server that goes away', () => {
  test('a restart between two samples costs neither of them', async () => {
    const observer = observerOf(server, always(monitor));
    const before = sampleIn(await observe(observer));
    await server.restart();
    const after = sampleIn(await observe(observer));
    expect(after.server.startedAt).not.toBe(before.server.startedAt);
    await observer.close();
  });

  test('a session that was terminated is replaced within the sample', async () => {
    const observer = observerOf(server, always(monitor));
    await observe(observer);
    await server.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'guard'`);
    sampleIn(await observe(observer));
    await observer.close();
    await until(async () => (await clientBackends(server)) === 0);
  });

  test('a session whose end shows only when it is used is replaced within the sample', async () => {
    // As behind a firewall that has forgotten the connection and resets it.
    let resetNext = false;
    const middle = createServer((near) => {
      const far = connectTo(server.port, server.host);
      far.on('error', () => near.destroy());
      near.on('error', () => far.destroy());
      near.on('close', () => far.destroy());
      far.pipe(near);
      near.on('data', (data) => {
        if (resetNext) near.resetAndDestroy();
        else far.write(data);
        resetNext = false;
      });
    }).listen(0, '127.0.0.1');
    await once(middle, 'listening');
    const address = middle.address();
    if (address === null || typeof address === 'string') throw new Error('no port');

    const observer = observerOf({ host: '127.0.0.1', port: address.port }, always(monitor));
    sampleIn(await observe(observer));
    resetNext = true;
    sampleIn(await observe(observer));
    expect(resetNext).toBe(false);
    await observer.close();
    middle.close();
  });

  test('a server that is down refuses connections: network', async () => {
    await using other = await startPostgres();
    const login = await createMonitor(other);
    const observer = observerOf(other, always(login));
    await observe(observer);
    await other.stop();
    expect(failureIn(await observe(observer))).toMatchObject({ class: 'network', code: 'ECONNREFUSED' });
    await observer.close();
  });

  test('a server in recovery that accepts no login yet counts as restarting', async () => {
    await using standby = await startPostgres({ settings: { hot_standby: 'off' } });
    const login = await createMonitor(standby);
    await becomeStandby(standby);
    expect(await fails(standby, always(login))).toMatchObject({ class: 'restarting', code: '57P03' });
  });

  test('a replica is a sample like any other, and says that it is one', async () => {
    await using replica = await startPostgres();
    const login = await createMonitor(replica);
    await becomeStandby(replica);
    expect(sampleIn(await sampleOnce(observerOf(replica, always(login)))).server.isReplica).toBe(true);
  });

  test('a server that stops answering is a timeout, for a login and for a session, and close is quick', async () => {
    await using frozen = await startPostgres();
    const login = await createMonitor(frozen);
    const observer = observerOf(frozen, always(login), { checkTimeout: 1 });
    sampleIn(await observe(observer));
    const [own] = (await observer.session?.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')) ?? [];
    frozen.pause();
    process.kill(own?.pid ?? Number.NaN, 'SIGSTOP');
    try {
      const failure = failureIn(await observe(observer));
      expect(failure.class).toBe('timeout');
      expect(failure.text).toContain('while sampling');
      expect(failure.took).toBeLessThan(2000);
      expect(observer.session).toBeNull();
      const second = failureIn(await observe(observer));
      expect(second.class).toBe('timeout');
      expect(second.text).toContain('while logging in');
    } finally {
      process.kill(own?.pid ?? Number.NaN, 'SIGCONT');
      frozen.resume();
    }
    await observer.close();
  });
});
