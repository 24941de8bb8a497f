import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

// `npm run test:postgres`: the tests that need a real PostgreSQL, once for each major but 18, on which `npm test` runs
// them. Arguments are handed to vitest.

const MAJORS = [13, 14, 15, 16, 17];
const DIRECTORY = 'test/postgres-majors';

/** The tests wait for servers more than they compute: two majors at once take little longer than one. */
const AT_ONCE = 2;

// npm writes this file last, so a broken installation counts as none.
if (
  !existsSync(`${DIRECTORY}/node_modules/.package-lock.json`) &&
  spawnSync('npm', ['ci', '--prefix', DIRECTORY], { stdio: 'inherit' }).status !== 0
) {
  console.error('PostgreSQL 13 to 17 could not be installed');
  process.exit(1);
}

/** Runs the tests on one major and prints all that they said at the end, so that two runs do not mix. */
function passes(major: number): Promise<boolean> {
  const args = ['--no-install', 'vitest', 'run', '.postgres.test.ts', ...process.argv.slice(2)];
  const env = { ...process.env, RCG_POSTGRES_MAJOR: String(major) };
  const child = spawn('npx', args, { stdio: ['ignore', 'pipe', 'pipe'], env });
  const said: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => said.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => {
      console.log(`\n=== PostgreSQL ${major}\n${Buffer.concat(said).toString()}`);
      resolve(status === 0);
    });
  });
}

const failed: number[] = [];
const waiting = [...MAJORS];
async function work(): Promise<void> {
  for (let major = waiting.shift(); major !== undefined; major = waiting.shift()) {
    if (!(await passes(major))) failed.push(major);
  }
}
await Promise.all(Array.from({ length: AT_ONCE }, work));
console.log(failed.length === 0 ? `\nPassed on ${MAJORS.join(', ')}` : `\nFailed on ${failed.join(', ')}`);
process.exitCode = failed.length === 0 ? 0 : 1;
