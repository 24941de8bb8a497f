import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createMonitor, createRole, type Login } from '../../local/postgres/roles.ts';
import { type PostgresServer, startPostgres } from '../../local/postgres/server.ts';
import { environmentFor, runCommand } from './support.ts';

let server: PostgresServer;
let guard: Login;
let directory: string;

beforeAll(async () => {
  server = await startPostgres();
  guard = await createMonitor(server);
  await createRole(server, { name: 'celery' });
  directory = await mkdtemp(join(tmpdir(), 'peaks-'));
});
afterAll(async () => {
  await server.stop();
  await rm(directory, { recursive: true });
});

/** A metrics file with a sample every ten minutes, in which celery held so many sessions, by two clients. */
async function metrics(counts: readonly number[], port = server.port): Promise<string> {
  const file = join(directory, 'metrics.jsonl');
  const holder = { application: 'worker', role: 'celery', client: null, idle: 0 };
  const lines = counts.map((count, index) =>
    JSON.stringify({
      at: new Date(Date.UTC(2026, 10, 23) + index * 600_000).toISOString(),
      kind: 'sample',
      host: server.host,
      port,
      holders: [
        { ...holder, count: count - 1 },
        { ...holder, client: '10.0.0.1', count: 1 },
      ],
    }),
  );
  await writeFile(file, `${lines.join('\n')}\n{"kind":"refused"}\n`);
  return file;
}

const limits = async (...argv: string[]) => {
  const { out } = await runCommand(['doctor', '--json', ...argv], environmentFor(server, guard));
  const findings: { topic: string; text: string; remedy: string[] }[] = JSON.parse(out);
  return findings.find(({ topic }) => topic === 'limits');
};

test('doctor advises no CONNECTION LIMIT from one sample, and says what it takes', async () => {
  const finding = await limits();
  expect(finding?.remedy).toEqual([]);
  expect(finding?.text).toMatch(/no CONNECTION LIMIT for celery.*more than one sample.*watch --metrics-file/);
});

test('it advises one above the peak of what was watched, and says what that rests on', async () => {
  const finding = await limits('--metrics-file', await metrics([3, 12, 4, 4, 4, 4, 4]));
  expect(finding?.remedy).toEqual(['ALTER ROLE "celery" CONNECTION LIMIT 18; -- peak 12']);
  expect(finding?.text).toMatch(/Limits from the peaks of 7 samples over 1 h$/);
});

test('it advises none from less than an hour, nor from another server', async () => {
  expect((await limits('--metrics-file', await metrics([3, 12])))?.remedy).toEqual([]);
  expect((await limits('--metrics-file', await metrics([3, 12, 4, 4, 4, 4, 4], 1)))?.remedy).toEqual([]);
});
