import { spawnSync } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createAuthority } from '../../local/postgres/certificates.ts';
import { createMonitor, createRole, type Login } from '../../local/postgres/roles.ts';
import { type PostgresServer, startPostgres } from '../../local/postgres/server.ts';

// The steps for pipelines in docs/will-it-fit.md, run by bash as a runner does, with their own environment. What a runner
// fills in is put in by hand, and they sample for one second instead of thirty.

// 97 usable slots, warning from 68.
let server: PostgresServer;
let guard: Login;
let app: Login;
let directory: string;
let page: string;
const clients: Client[] = [];

beforeAll(async () => {
  const authority = await createAuthority();
  server = await startPostgres({ tls: await authority.issue({ dns: ['localhost'] }), maxConnections: 100 });
  guard = await createMonitor(server, { name: 'connection_guard' });
  app = await createRole(server);
  directory = await mkdtemp(join(tmpdir(), 'pipeline-'));
  await writeFile(join(directory, 'global-bundle.pem'), authority.certificate);
  const npx = `#!/bin/sh\nshift\nexec '${process.execPath}' --import '${resolve('node_modules/tsx/dist/loader.mjs')}' '${resolve('cli/main.ts')}' "$@"\n`;
  await writeFile(join(directory, 'npx'), npx);
  await chmod(join(directory, 'npx'), 0o755);
  page = await readFile('docs/will-it-fit.md', 'utf8');
});
afterAll(async () => {
  await Promise.all(clients.map((client) => client.end()));
  await server.stop();
  await rm(directory, { recursive: true });
});

async function open(count: number): Promise<void> {
  while (clients.length < count) {
    const client = new Client({ host: server.host, port: server.port, database: 'postgres', ...app });
    await client.connect();
    clients.push(client);
  }
}

/** The one code block of the page that has this in it. */
function snippet(part: string): string {
  const [block, more] = [...page.matchAll(/```yaml\n(.*?)```/gs)].flatMap(([, text = '']) =>
    text.includes(part) ? [text] : [],
  );
  if (block === undefined || more !== undefined) throw new Error(`not one snippet with ${part}`);
  return block;
}

/** What follows a key, on its line. */
const settingOf = (block: string, key: string) => new RegExp(`^ *${key}: (.+)$`, 'm').exec(block)?.[1] ?? '';

function runStep(command: string, variables: Readonly<Record<string, string>>) {
  expect(command).toMatch(/^npx rds-connection-guard headroom --need 60 --for 30s$/);
  const { status, stdout, stderr } = spawnSync(
    'bash',
    ['--noprofile', '--norc', '-eo', 'pipefail', '-c', command.replace('30s', '1s')],
    {
      cwd: directory,
      encoding: 'utf8',
      env: { PATH: `${directory}:${process.env['PATH']}`, PGPORT: String(server.port), ...variables },
    },
  );
  return { code: status, out: stdout, err: stderr };
}

test('the steps for GitHub Actions and GitLab let a rollout through, warn of one, and stop one', async () => {
  const github = snippet('- name: Do the new sessions fit?');
  const filled: Readonly<Record<string, string>> = {
    '${{ vars.DB_HOST }}': 'localhost',
    '${{ secrets.GUARD_PASSWORD }}': guard.password,
  };
  const variables = Object.fromEntries(
    ['PGHOST', 'PGUSER', 'PGPASSWORD', 'PGSSLROOTCERT'].map((name) => {
      const written = settingOf(github, name);
      return [name, filled[written] ?? written];
    }),
  );
  const step = () => runStep(settingOf(github, 'run'), variables);
  expect(step()).toMatchObject({ code: 0, err: '' });
  await open(10);
  expect(step()).toMatchObject({ code: 1, err: '' });
  const gitlab = snippet('stage: pre-deploy');
  expect(runStep(settingOf(gitlab, 'script'), variables)).toMatchObject({ code: 1, err: '' });
  expect(settingOf(gitlab, 'exit_codes')).toBe('[1]');
  await open(40);
  const { code, out } = step();
  expect(code).toBe(2);
  expect(out).toMatch(/^localhost: 60 more sessions do not fit\n/);
});
