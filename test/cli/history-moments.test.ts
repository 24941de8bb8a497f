import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { createMonitor, createRole, type Login } from '../../local/postgres/roles.ts';
import { type PostgresServer, startPostgres } from '../../local/postgres/server.ts';
import { type GuardRig, ONE_SAMPLE, startGuardRig } from '../support/guard.ts';
import { type HeldSessions, holdSessions } from '../support/sessions.ts';
import { runCommand } from './support.ts';

let server: PostgresServer;
let apps: Login[];
let monitor: Login;
let rig: GuardRig;
const held: HeldSessions[] = [];
const working = new Set<HeldSessions>();

beforeAll(async () => {
  server = await startPostgres({ maxConnections: 60 });
  apps = [await createRole(server, { name: 'web' }), await createRole(server, { name: 'jobs' })];
  monitor = await createMonitor(server);
});
afterAll(() => server.stop());
beforeEach(async () => {
  rig = await startGuardRig();
  for (const [name, value] of Object.entries(rig.aws.environment())) vi.stubEnv(name, value);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all(held.map((sessions) => sessions.end()));
  await rig[Symbol.asyncDispose]();
});

interface HolderNow {
  readonly application: string;
  readonly role: string;
  readonly client: string;
  readonly count: number;
  readonly idle: number;
}

/** Who holds the slots now, by the server itself. */
const holdersNow = () =>
  server.query<HolderNow>(`
    SELECT application_name AS application, usename AS role, host(client_addr) AS client,
      count(*)::int AS count, (count(*) FILTER (WHERE state = 'idle'))::int AS idle
    FROM pg_stat_activity
    WHERE backend_type = 'client backend' AND usename IN ('web', 'jobs')
    GROUP BY 1, 2, 3`);

const NAMES = ['checkout', 'reports', '', 'app"\\x'];

/** Moves of the load: opens sessions, lets one of every second lot work, and sometimes ends the oldest lot that does not. */
async function move(step: number): Promise<void> {
  const [app] = step % 3 === 2 ? apps.slice(1) : apps;
  if (app === undefined) throw new Error('no role');
  const opened = await holdSessions(server, app, 1 + (step % 4), NAMES[step % 4]);
  held.push(opened);
  if (step % 2 === 1) {
    opened.clients[0]?.query('SELECT pg_sleep(600)').catch(() => {});
    working.add(opened);
  }
  const oldest = held.findIndex((each) => !working.has(each));
  if (step % 5 === 4) await Promise.all(held.splice(oldest, 1).map((each) => each.end()));
  // The server takes note in its own time.
  const sessions = held.reduce((sum, { clients }) => sum + clients.length, 0);
  await expect
    .poll(async () => {
      const now = await holdersNow();
      const sum = (of: (holder: HolderNow) => number) => now.reduce((total, each) => total + of(each), 0);
      return { sessions: sum(({ count }) => count), working: sum(({ count, idle }) => count - idle) };
    })
    .toEqual({ sessions, working: working.size });
}

it('says of 20 moments of a load what pg_stat_activity said, from the lines that the built function logged', async () => {
  const guard = await rig.start();
  const lines = () => guard.logs.filter(({ event }) => event === 'check.holders');
  const truths: { at: string; holders: HolderNow[] }[] = [];
  for (let step = 0; step < 20; step += 1) {
    // This run is in another minute than the one before, as far as the guard remembers.
    await rig.passTime('orders', 60);
    await move(step);
    const run = guard.invoke({ databases: [rig.entry('orders', server, monitor)] }, ONE_SAMPLE);
    await expect.poll(() => lines().length, { timeout: 30_000 }).toBe(step + 1);
    truths.push({ at: String(lines().at(-1)?.['sampled']), holders: await holdersNow() });
    await run;
  }
  rig.aws.logs.put(
    '/guard',
    guard.logs.map((line) => ({ at: Date.parse(String(line['timestamp'])), message: JSON.stringify(line) })),
  );
  const asked = truths.map(async ({ at }) => {
    const argv = ['history', 'orders', '--at', at, '--json', '--log-group', '/guard'];
    const { lines: said } = JSON.parse((await runCommand(argv, {}, { cwd: '/' })).out);
    return { at: said[0].sampled, holders: said[0].holders };
  });
  const compared = ({ at, holders }: (typeof truths)[number]) => ({
    at,
    holders: holders
      .map((holder) => JSON.stringify(holder, ['application', 'role', 'client', 'count', 'idle']))
      .sort(),
  });
  expect((await Promise.all(asked)).map(compared)).toEqual(truths.map(compared));
});
