import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createMonitor, createRole, type Login } from '../../local/postgres/roles.ts';
import { type PostgresServer, startPostgres } from '../../local/postgres/server.ts';
import { environmentFor, runCommand } from '../cli/support.ts';
import { holdSessions } from '../support/sessions.ts';

// Who may create roles, or name an application, chooses what doctor reads. What it offers is pasted by an administrator
// into psql, which knows backquotes and backslash commands, and into a shell.

const HOSTILE = [
  '$(touch owned)',
  '`touch owned`',
  "x'; \\! touch owned #",
  'x"; DROP ROLE guard; --',
  'line\nDROP ROLE guard;',
  '\u202eesrever',
  '\u001b]0;title\u0007',
  "x' ; touch owned #",
  'a && touch owned',
];

let server: PostgresServer;
let guard: Login;
let directory: string;
let metricsFile: string;

beforeAll(async () => {
  server = await startPostgres({ maxConnections: 60 });
  guard = await createMonitor(server);
  await createRole(server, { name: 'celery' });
  directory = await mkdtemp(join(tmpdir(), 'doctor-'));
  metricsFile = join(directory, 'metrics.jsonl');
  for (const name of HOSTILE) {
    const login = await createRole(server, { name });
    await holdSessions(server, login, 1, `pgbouncer ${name}`);
  }
  const holders = [...HOSTILE, 'celery'].map((role) => ({
    application: 'web',
    role,
    client: null,
    idle: 0,
    count: 3,
  }));
  const samples = [0, 3_600_000].map((after) => ({
    at: new Date(Date.UTC(2026, 10, 23) + after).toISOString(),
    kind: 'sample',
    host: server.host,
    port: server.port,
    holders,
  }));
  await writeFile(metricsFile, samples.map((line) => `${JSON.stringify(line)}\n`).join(''));
});
afterAll(async () => {
  await server?.stop();
  await rm(directory, { recursive: true });
});

test('pasted into psql and a shell, what doctor offers does to roles of any name what it says, and nothing else', async () => {
  const environment = environmentFor(server, guard);
  const { code, out } = await runCommand(['doctor', '--json', '--metrics-file', metricsFile], environment);
  expect(code).toBe(1);
  const findings: { remedy: string[] }[] = JSON.parse(out);
  const offered = findings.flatMap(({ remedy }) => remedy);
  for (const line of offered) expect(line).not.toMatch(/`|\$\(|\\!|[\p{Cc}\u202e]/u);
  expect(offered).toContain('-- a role whose name is not safe to paste: write its statement by hand');

  const roles = () => server.query(`SELECT rolname, rolsuper, rolcreaterole FROM pg_roles ORDER BY 1`);
  const before = await roles();
  const statements = offered.filter((line) => line.startsWith('ALTER ROLE'));
  expect(statements).toContain('ALTER ROLE "celery" CONNECTION LIMIT 5; -- peak 3');
  for (const statement of statements) await server.query(statement);
  expect(await roles()).toEqual(before);

  const options = offered.filter((line) => line.startsWith('--except'));
  expect(options.length).toBeGreaterThan(0);
  // The server's own word for the names: before 16 it has a question mark in place of a control character.
  const rows = await server.query<{ name: string }>('SELECT application_name AS name FROM pg_stat_activity');
  for (const option of options) {
    const words = execFileSync('sh', ['-c', `printf '%s\\n' ${option}`], {
      cwd: directory,
      encoding: 'utf8',
    });
    const [name, application = '', ...more] = words.trimEnd().split('\n');
    expect([name, ...more]).toEqual(['--except-application']);
    expect(rows.map(({ name: seen }) => seen)).toContain(application);
  }
  expect(readdirSync(directory)).toEqual(['metrics.jsonl']);
});

test('what doctor prints has no control character that a name brought along', async () => {
  const { out } = await runCommand(['doctor', '--metrics-file', metricsFile], environmentFor(server, guard));
  expect(out.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202e]/u);
  expect(out).not.toMatch(/^\s*DROP ROLE/m);
});
