import { strict as assert } from 'node:assert';
import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PACKAGE_ROOT } from '../../infra/build/package-root.ts';

const run = promisify(execFile);
const tool = (name: string) => join(PACKAGE_ROOT, 'node_modules', '.bin', name);

/** What `cdk init` would have npm install, less the compilers, which are taken from here. */
const SPARED = ['aws-cdk', 'tsx', 'typescript'];

const STACK = `
import * as cdk from 'aws-cdk-lib/core';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { DatabaseInstance, DatabaseInstanceEngine, PostgresEngineVersion } from 'aws-cdk-lib/aws-rds';
import type { Construct } from 'constructs';
import { ConnectionGuard, minutes } from 'rds-connection-guard';

export class AppStack extends cdk.Stack {
  constructor(scope: Construct, id: string, props?: cdk.StackProps) {
    super(scope, id, props);
    const vpc = new Vpc(this, 'Vpc');
    const instance = new DatabaseInstance(this, 'Db', {
      vpc,
      iamAuthentication: true,
      engine: DatabaseInstanceEngine.postgres({ version: PostgresEngineVersion.VER_16 }),
    });
    const login = { iam: { user: 'guard' } };
    new ConnectionGuard(this, 'Guard', {
      vpc,
      databases: [{ name: 'orders', instance, login, alerts: { clearAfter: minutes(4) }, postgresqlLogGroup: true }],
    });
  }
}
`;

const TEST = `
import * as cdk from 'aws-cdk-lib/core';
import { Template } from 'aws-cdk-lib/assertions';
import * as App from '../lib/app-stack';

test('the guard and what wakes it are in the template', () => {
  const stack = new App.AppStack(new cdk.App(), 'MyTestStack');
  Template.fromStack(stack).resourcePropertiesCountIs('AWS::Lambda::Function', { Handler: 'index.handler' }, 2);
});
`;

/**
 * Makes the app of `cdk init` (CommonJS, jest) in a directory into which the package was installed, and there compiles
 * it, runs its tests and synthesizes it, with the oldest aws-cdk-lib and constructs that the package admits. Those that
 * this repository has are tried by test/infra/package.test.ts.
 *
 * @returns the version of aws-cdk-lib.
 */
export async function tryInCdkApp(directory: string): Promise<string> {
  const generated = join(directory, 'app');
  await mkdir(generated);
  await run(tool('cdk'), ['init', 'app', '--language', 'typescript', '--generate-only'], { cwd: generated });
  const { dependencies } = await packageOf(directory);
  const init = await packageOf(generated);
  for (const name of SPARED) delete init.devDependencies[name];
  await cp(generated, directory, { recursive: true });
  await writeFile(join(directory, 'lib', 'app-stack.ts'), STACK);
  await writeFile(join(directory, 'test', 'app.test.ts'), TEST);

  const { peerDependencies } = await packageOf(PACKAGE_ROOT);
  const oldest = (name: string): string => peerDependencies[name].replace('^', '');
  const cdk = { 'aws-cdk-lib': oldest('aws-cdk-lib'), constructs: oldest('constructs') };
  const json = JSON.stringify({ ...init, dependencies: { ...dependencies, ...cdk } });
  await writeFile(join(directory, 'package.json'), json);
  await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline'], { cwd: directory });
  await useApp(directory);
  return cdk['aws-cdk-lib'];
}

async function useApp(directory: string): Promise<void> {
  // A helper for jest that came with later versions of aws-cdk-lib than the oldest that we admit.
  const jest = await readFile(join(directory, 'jest.config.js'), 'utf8');
  await writeFile(join(directory, 'jest.config.js'), jest.replace(/.*jest-autoclean.*/, ''));
  await run(tool('tsc'), ['-p', '.'], { cwd: directory });
  await run(join(directory, 'node_modules', '.bin', 'jest'), ['--ci'], { cwd: directory });
  const env = { ...process.env, CDK_OUTDIR: join(directory, 'cdk.out'), CDK_VALIDATION: 'false' };
  await run(tool('tsx'), ['bin/app.ts'], { cwd: directory, env });
  const template = await readFile(join(directory, 'cdk.out', 'AppStack.template.json'), 'utf8');
  assert.match(template, /AWS::Scheduler::Schedule/);
}

async function packageOf(directory: string) {
  return JSON.parse(await readFile(join(directory, 'package.json'), 'utf8'));
}
