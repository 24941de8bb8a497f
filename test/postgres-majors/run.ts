import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

// `npm run test:postgres`: the tests that need a real PostgreSQL, once for each major but 18, on which `npm test` runs
// them. Arguments are handed to vitest.

const MAJORS = [13, 14, 15, 16, 17];
const DIRECTORY = 'test/postgres-majors';

function run(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): boolean {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit', env: { ...process.env, ...env } });
  if (error !== undefined) throw error;
  return status === 0;
}

// npm writes this file last, so a broken installation counts as none.
if (
  !existsSync(`${DIRECTORY}/node_modules/.package-lock.json`) &&
  !run('npm', ['ci', '--prefix', DIRECTORY])
) {
  console.error('PostgreSQL 13 to 17 could not be installed');
  process.exit(1);
}

const failed = MAJORS.filter((major) => {
  console.log(`\n=== PostgreSQL ${major}`);
  const args = ['vitest', 'run', '.postgres.test.ts', ...process.argv.slice(2)];
  return !run('npx', ['--no-install', ...args], { RCG_POSTGRES_MAJOR: String(major) });
});
console.log(failed.length === 0 ? `\nPassed on ${MAJORS.join(', ')}` : `\nFailed on ${failed.join(', ')}`);
process.exitCode = failed.length === 0 ? 0 : 1;
