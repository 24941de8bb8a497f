import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

// Another team's CDK app: TypeScript, its own VPC, instance and cluster, the package as `npm pack` makes it.

// Compilers and npm, which take their time on a busy machine.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const MODULES = resolve('node_modules');
const APP = `
import { App, Stack } from 'aws-cdk-lib';
import { ClusterInstance, DatabaseCluster, DatabaseClusterEngine, DatabaseInstance, DatabaseInstanceEngine,
  AuroraPostgresEngineVersion, PostgresEngineVersion } from 'aws-cdk-lib/aws-rds';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { ConnectionGuard, minutes, type GuardedDatabase } from 'rds-connection-guard';

const stack = new Stack(new App(), 'Other');
const vpc = new Vpc(stack, 'Vpc');
const instance = new DatabaseInstance(stack, 'Db', {
  vpc, storageEncrypted: true, iamAuthentication: true,
  engine: DatabaseInstanceEngine.postgres({ version: PostgresEngineVersion.VER_17 }),
});
const cluster = new DatabaseCluster(stack, 'Cluster', {
  vpc, storageEncrypted: true,
  engine: DatabaseClusterEngine.auroraPostgres({ version: AuroraPostgresEngineVersion.VER_16_4 }),
  writer: ClusterInstance.serverlessV2('writer'), readers: [ClusterInstance.serverlessV2('reader')],
});
const orders: GuardedDatabase = {
  name: 'orders', instance, login: { iam: { user: 'guard' } }, alerts: { clearAfter: minutes(4) },
};
if (!cluster.secret) throw new Error('no secret');
const shop: GuardedDatabase = { name: 'shop', cluster, login: { secret: cluster.secret } };
new ConnectionGuard(stack, 'Guard', { vpc, databases: [orders, shop] });
`;

let directory: string;
let tarball: string;
const run = (command: string, args: readonly string[], cwd: string, variables: NodeJS.ProcessEnv = {}) =>
  execFileSync(command, args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...variables },
  });
const bin = (name: string) => join(MODULES, '.bin', name);

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'guard-package-'));
  // What `prepack` does after the build that this test suite runs on.
  run('npm', ['run', 'build:library'], process.cwd());
  run('npm', ['pack', '--ignore-scripts', '--pack-destination', directory], process.cwd());
  [tarball = ''] = readdirSync(directory);
  run('tar', ['xzf', tarball], directory);
  const modules = join(directory, 'node_modules');
  mkdirSync(join(modules, '@types'), { recursive: true });
  for (const name of [
    'aws-cdk-lib',
    'constructs',
    'valibot',
    'pg',
    '@aws-sdk',
    '@types/node',
    'undici-types',
    'fastest-levenshtein',
  ])
    symlinkSync(join(MODULES, name), join(modules, name));
  symlinkSync(join(directory, 'package'), join(modules, 'rds-connection-guard'));
  writeFileSync(join(directory, 'package.json'), '{"type":"module"}');
  writeFileSync(join(directory, 'app.ts'), APP);
  copyFileSync(join('examples', 'own-cdk-app', 'app.ts'), join(directory, 'example.ts'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test('the package holds the bundle, the compiled construct and the command line, and nothing of tests or tools', () => {
  const files = run('find', ['package', '-type', 'f'], directory).trim().split('\n');
  expect(files).toContain('package/dist/lambda/index.mjs');
  expect(files).toContain('package/dist/lib/types/index.d.ts');
  expect(files).toContain('package/dist/cli/main.mjs');
  expect(
    files.filter(
      (file) =>
        !/^package\/(?:dist\/(?:lib|lambda|wake|discover|actions|cli)\/|package\.json|README\.md|LICENSE)/.test(
          file,
        ),
    ),
  ).toEqual([]);
});

test('publint and are-the-types-wrong find nothing wrong with it, for ES modules and CommonJS alike', () => {
  expect(run(bin('publint'), ['package', '--strict'], directory)).toContain('All good!');
  // attw exits non-zero, so run() throws, when it finds anything else.
  run(bin('attw'), [tarball], directory);
});

test('a foreign app type-checks against it, its libraries included', () => {
  const options = [
    '--strict',
    '--module',
    'nodenext',
    '--target',
    'es2022',
    '--types',
    'node',
    '--noEmit',
    'app.ts',
    'example.ts',
  ];
  expect(run(bin('tsc'), options, directory)).toBe('');
});

test('a foreign app synthesizes with the packed bundle, ports as numbers, each cluster instance for itself', () => {
  run(bin('esbuild'), ['app.ts', '--format=esm', '--outfile=app.mjs', '--log-level=warning'], directory);
  run(process.execPath, ['app.mjs'], directory, {
    CDK_OUTDIR: join(directory, 'out'),
    CDK_VALIDATION: 'false',
  });
  const text = readFileSync(join(directory, 'out', 'Other.template.json'), 'utf8');
  expect(text).toContain(String.raw`{\"databases\":[{\"name\":\"orders\"`);
  expect(text).toContain(String.raw`{\"name\":\"shop/writer\"`);
  expect(text).toContain(String.raw`{\"name\":\"shop/reader\"`);
  expect(text).toContain(String.raw`\",\"port\":"`);
  const [asset = ''] = readdirSync(join(directory, 'out')).filter((name) => name.startsWith('asset.'));
  expect(readFileSync(join(directory, 'out', asset, 'index.mjs'))).toEqual(
    readFileSync('dist/lambda/index.mjs'),
  );
});

test('the example of a CDK app synthesizes: database and guard in two stacks, of which the guard’s needs the other', () => {
  run(
    bin('esbuild'),
    ['example.ts', '--format=esm', '--outfile=example.mjs', '--log-level=warning'],
    directory,
  );
  const out = join(directory, 'example');
  const said = run(process.execPath, ['example.mjs'], directory, {
    CDK_OUTDIR: out,
    CDK_VALIDATION: 'false',
  });
  expect(said).toBe('Operations/ConnectionGuard watches Data/Orders\n');
  const { artifacts } = JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8'));
  expect(artifacts.Operations.dependencies).toContain('Data');
  expect(artifacts.Data.dependencies).not.toContain('Operations');
  expect(readFileSync(join(out, 'Data.template.json'), 'utf8')).not.toContain('onnectionGuard');
});
