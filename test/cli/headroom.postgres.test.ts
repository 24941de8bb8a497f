import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { defaultMajor } from '../../local/postgres/binaries.ts';
import { createMonitor, createRole, type Login } from '../../local/postgres/roles.ts';
import { type PostgresServer, startPostgres } from '../../local/postgres/server.ts';
import { until } from '../lambda/observe/rig.ts';
import { type CommandRun, environmentFor, impatient, runCommand } from './support.ts';

// 17 usable slots, warning from 12, on every major: 3 are kept for superusers, and from PostgreSQL 16 on 2 more for the guard.
const HAS_RESERVED = defaultMajor() >= 16;
let server: PostgresServer;
let guard: Login;
let reserved: Login;
let app: Login;
let clients: Client[] = [];

beforeAll(async () => {
  server = await startPostgres(
    HAS_RESERVED ? { maxConnections: 22, settings: { reserved_connections: '2' } } : { maxConnections: 20 },
  );
  guard = await createMonitor(server, { canSignal: false });
  reserved = await createMonitor(server, { name: 'reserved', usesReserved: HAS_RESERVED });
  app = await createRole(server, { name: 'app', connectionLimit: 18 });
});
afterAll(() => server.stop());
afterEach(async () => {
  await Promise.all(clients.map((client) => client.end().catch(() => {})));
  clients = [];
});

async function open(count: number): Promise<void> {
  const { host, port } = server;
  for (let n = 0; n < count; n += 1) {
    const client = new Client({ host, port, database: 'postgres', application_name: 'web', ...app });
    client.on('error', () => {});
    clients.push(client);
    await client.connect();
  }
}

/** Until the guard's session has taken a sample and waits for the next. */
async function untilSampled(): Promise<void> {
  const sampled =
    "SELECT pid FROM pg_stat_activity WHERE usename = 'guard' AND state = 'idle' AND query <> ''";
  await until(async () => (await server.query(sampled)).length > 0);
}

const headroom = (...args: string[]) => runCommand(['headroom', ...args], environmentFor(server, guard));

describe('headroom', () => {
  test('ends with 0, 1 and 2 for sessions that fit, fit beyond the warning threshold, and do not fit', async () => {
    await open(5);
    const runs: CommandRun[] = [];
    for (const need of ['6', '7', '12', '13']) runs.push(await headroom('--need', need));
    expect(runs.map(({ code }) => code)).toEqual([0, 1, 1, 2]);
    expect(runs[0]?.out).toMatch(
      /^127\.0\.0\.1: 6 more sessions fit\n +17 {2}usable slots \((?:20 max_connections - 3|22 max_connections - 5) reserved\)/,
    );
  });

  test('ends with the same codes for a guard that has a slot kept for it', async () => {
    const env = impatient(environmentFor(server, reserved));
    const codes = async (...needs: string[]) => {
      const found: number[] = [];
      for (const need of needs) found.push((await runCommand(['headroom', '--need', need], env)).code);
      return found;
    };
    expect(await codes('11', '12', '17', '18')).toEqual([0, 1, 1, 2]);
    await open(12);
    expect(await codes('0', '5', '6')).toEqual([1, 1, 2]);
    await open(5);
    expect(await codes('0', '1')).toEqual(HAS_RESERVED ? [1, 2] : [2, 2]);
    const { out } = await runCommand(['headroom', '--need', '1'], env);
    expect(out).toContain(HAS_RESERVED ? '=     -1  short' : 'no more sessions fit: logins refused');
  });

  test('gives the sum as data', async () => {
    await open(5);
    const { code, out } = await headroom('--need', '2', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      verdict: 'fits',
      usable: 17,
      used: 5,
      free: 12,
      need: 2,
      left: 10,
    });
  });

  test('ends with 2 on a full server: that there is no room is an answer', async () => {
    await open(17);
    const env = impatient(environmentFor(server, guard));
    const { code, out, err } = await runCommand(['headroom', '--need', '1'], env);
    expect(code).toBe(2);
    expect(out).toMatch(/^127\.0\.0\.1: no more sessions fit: logins refused, /);
    expect(err).toMatch(/^now: /m);
  });

  test('counts the most of the time it samples, not what is there at its end', async () => {
    await open(9);
    const run = headroom('--need', '5', '--for', '2s');
    await untilSampled();
    await Promise.all(clients.map((client) => client.end()));
    const { code, out } = await run;
    expect(code).toBe(1);
    expect(out).toMatch(/- +9 {2}used: the most of \d samples/);
  });

  test('ends with 3 when it could not tell', async () => {
    const env = { ...environmentFor(server, guard), PGPASSWORD: 'wrong' };
    expect(await runCommand(['headroom', '--need', '1'], env)).toMatchObject({ code: 3, out: '' });
    expect(await headroom()).toMatchObject({ code: 3, err: expect.stringContaining('Give --need') });
  });
});

describe('size', () => {
  test('watches and says which pool would have done', async () => {
    await open(6);
    const { code, out } = await runCommand(['size', '--for', '1s'], environmentFor(server, guard));
    expect(code).toBe(0);
    expect(out).toMatch(
      /^web: 1 client held 6 sessions, never more than 0 worked at once: a pool of 1 each/m,
    );
  });
});
