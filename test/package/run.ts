import { strict as assert } from 'node:assert';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PACKAGE_ROOT } from '../../infra/build/package-root.ts';
import { createMonitor } from '../../local/postgres/roles.ts';
import { startPostgres } from '../../local/postgres/server.ts';
import { tryInCdkApp } from './cdk-app.ts';

// Packs the package, installs it into an empty folder outside the repository, and uses its command there, as a person
// with npm would, against a real server; then makes a CDK app there, which uses the construct. Not one of the vitest files: packing rebuilds `dist` under them.

const run = promisify(execFile);

const directory = await mkdtemp(join(tmpdir(), 'installed-'));
const server = await startPostgres({ maxConnections: 20 });
try {
  const packed = await run('npm', ['pack', '--json', '--pack-destination', directory], { cwd: PACKAGE_ROOT });
  // What prepack prints comes first.
  const [{ filename }] = JSON.parse(packed.stdout.slice(packed.stdout.lastIndexOf('\n[') + 1));
  await writeFile(join(directory, 'package.json'), '{ "private": true }');
  const install = ['install', '--no-audit', '--no-fund', '--prefer-offline', join(directory, filename)];
  await run('npm', install, { cwd: directory });
  for (const tool of ['aws-cdk-lib', 'tsx', 'esbuild', 'typescript']) {
    assert.ok(!existsSync(join(directory, 'node_modules', tool)), `${tool} must not be needed`);
  }

  const guard = await createMonitor(server);
  const env = {
    ...process.env,
    PGHOST: server.host,
    PGPORT: String(server.port),
    PGSSLMODE: 'disable',
    PGUSER: guard.user,
    PGPASSWORD: guard.password,
  };
  const guardCommand = (...argv: string[]) =>
    run('npx', ['--no-install', 'rds-connection-guard', ...argv], { cwd: directory, env });

  const { stdout } = await guardCommand('check', '--json');
  const { level, used, usable } = JSON.parse(stdout);
  assert.deepEqual({ level, used, usable }, { level: 'ok', used: 0, usable: 17 });

  const hasAdvice = (error: unknown) => error instanceof Error && 'code' in error && error.code === 1;
  await assert.rejects(guardCommand('doctor'), hasAdvice, 'a server as it comes could be better');

  const login = { iam: { user: guard.user, resourceId: 'db-ABCDEFGHIJKL01234' } };
  const database = { name: 'orders', host: server.host, port: server.port, login, tls: { mode: 'disable' } };
  const network = { vpcId: 'vpc-0123456789abcdef0', subnetIds: ['subnet-0123456789abcdef0'] };
  const config = {
    network: { ...network, databaseSecurityGroupId: 'sg-0123456789abcdef0' },
    notify: { emails: ['team@example.com'] },
    databases: [database],
  };
  await writeFile(join(directory, 'guard.json'), JSON.stringify(config));
  const { stdout: sql } = await guardCommand('setup-sql', 'orders', '--config', 'guard.json');
  assert.match(sql, /GRANT rds_iam TO "guard";/);

  console.log(`${filename}: installed, and check, doctor and setup-sql ran on a real server`);

  const version = await tryInCdkApp(directory);
  console.log(`the app of cdk init compiled, tested and synthesized it with aws-cdk-lib ${version}`);
} finally {
  await server.stop();
  await rm(directory, { recursive: true, force: true });
}
