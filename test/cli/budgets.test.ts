import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createMonitor, createRole, type Login } from '../../local/postgres/roles.ts';
import { type PostgresServer, startPostgres } from '../../local/postgres/server.ts';
import { runCommand } from './support.ts';

// A rollout that was real: 19 services with pools of 20 on a server with 237 usable slots.
let server: PostgresServer;
let guard: Login;
let directory: string;

beforeAll(async () => {
  server = await startPostgres({ maxConnections: 240 });
  guard = await createMonitor(server);
  for (const name of ['service_0', 'service_1', 'tasks']) await createRole(server, { name });
  directory = await mkdtemp(join(tmpdir(), 'budgets-'));
});
afterAll(async () => {
  await server.stop();
  await rm(directory, { recursive: true });
});

const ROLLOUT = Array.from({ length: 19 }, (_, index) => ({
  name: `service-${index}`,
  role: `service_${index}`,
  instances: { most: 1 },
  pool: 20,
}));

/** Runs a command for the database orders of a configuration, logged in by a password. */
async function onOrders(settings: object, ...argv: string[]) {
  const database = {
    name: 'orders',
    host: server.host,
    port: server.port,
    tls: { mode: 'disable' },
    login: { secretArn: 'arn:aws:secretsmanager:eu-west-1:000000000000:secret:orders-AbCdEf' },
    ...settings,
  };
  const network = {
    vpcId: 'vpc-0123456789abcdef0',
    subnetIds: ['subnet-0123456789abcdef0'],
    databaseSecurityGroupId: 'sg-0123456789abcdef0',
  };
  await writeFile(join(directory, 'guard.json'), JSON.stringify({ network, databases: [database] }));
  const [command = '', ...options] = argv;
  return await runCommand(
    [command, 'orders', '--config', 'guard.json', '-U', guard.user, ...options],
    { PGPASSWORD: guard.password },
    { cwd: directory },
  );
}

describe('a rollout of 19 services with pools of 20 on 237 usable slots', () => {
  test('is refused by headroom, as a number and by what the budgets promise to the others', async () => {
    const all = await onOrders({}, 'headroom', '--need', '380');
    expect(all).toMatchObject({ code: 2, err: '' });
    expect(all.out).toMatch(/^orders: 380 more sessions do not fit\n +237 {2}usable slots/);
    expect(all.out).toMatch(/= +-143 {2}short$/);
    const one = await onOrders(
      { budgets: ROLLOUT },
      'headroom',
      '--need',
      '20',
      '--application',
      'service-3',
    );
    expect(one).toMatchObject({ code: 2, err: '' });
    expect(one.out).toMatch(/- +20 {2}promised to service-18 and not in use\n {2}= +-123 {2}free/);
  });

  test('is refused before that where the capacity is written, by every command that reads the configuration', async () => {
    const capacity = { maxConnections: 240, reserved: 3 };
    const { code, err } = await onOrders({ budgets: ROLLOUT, capacity }, 'headroom', '--need', '1');
    expect(code).toBe(3);
    expect(err).toMatch(/at most 237 sessions in all, but 380 are promised:/);
  });
});

describe('doctor', () => {
  /** What it says of budgets. */
  async function budgetFindings(settings: object) {
    const { out } = await onOrders(settings, 'doctor', '--json');
    const findings: { topic: string; weight: string; text: string; remedy: string[] }[] = JSON.parse(out);
    return findings.filter(({ topic }) => topic === 'budgets');
  }

  test('compares the budgets with the usable slots, and with the CONNECTION LIMIT of each role', async () => {
    await server.query('ALTER ROLE service_1 CONNECTION LIMIT 5');
    const findings = await budgetFindings({ budgets: ROLLOUT, reserve: 4 });
    expect(findings.map(({ text }) => text)).toEqual([
      'budgets and reserve promise 384 of 237 usable slots',
      'service_0 has no CONNECTION LIMIT, so the server does not hold it to the 20 of the budget service-0',
      'service_1 may hold 5 sessions, the budget service-1 promised 20: logins are refused before it is used up',
    ]);
    for (const { remedy } of findings) {
      for (const sql of remedy) if (sql.startsWith('ALTER ROLE')) await server.query(sql);
    }
    expect(await budgetFindings({ budgets: ROLLOUT.slice(0, 2) })).toMatchObject([
      {
        weight: 'good',
        text: 'budgets and reserve promise 40 of 237 usable slots, and the roles are limited to them',
      },
    ]);
  });

  test('says that one sample has no scores of reclaim’s rules, and with which query the log tells them', async () => {
    const { out } = await onOrders({ reclaim: { mode: 'dry-run' } }, 'doctor', '--json');
    const findings: { topic: string; text: string; remedy: string[] }[] = JSON.parse(out);
    expect(findings.filter(({ topic }) => topic === 'scores')).toMatchObject([
      {
        text: expect.stringContaining('one sample has no score'),
        remedy: [expect.stringMatching(/event = "check\.holders" and database = "orders".*line\.scores/)],
      },
    ]);
    const { out: off } = await onOrders({}, 'doctor', '--json');
    expect(off).not.toContain('"scores"');
  });

  test('adds up the budgets that share a role, which a limit can only be too low for', async () => {
    const of = (application: string) => ({ name: application, role: 'tasks', application, sessions: 9 });
    const budgets = [of('mail'), of('billing')];
    await server.query('ALTER ROLE tasks CONNECTION LIMIT 17');
    expect((await budgetFindings({ budgets }))[0]?.text).toBe(
      'tasks may hold 17 sessions, the budgets mail and billing promised 18: logins are refused before it is used up',
    );
    await server.query('ALTER ROLE tasks CONNECTION LIMIT 30');
    expect(await budgetFindings({ budgets })).toMatchObject([{ weight: 'good' }]);
  });
});
