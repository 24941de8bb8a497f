import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

// `npm run test:postgres`: the tests whose outcome can differ from major to major, on 13 to 17; `npm test` runs them on
// 18. Arguments are handed to vitest: `-- --project 'PostgreSQL 15'` runs them on one.

const DIRECTORY = 'test/postgres-majors';

function run(command: string, args: readonly string[]): boolean {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit' });
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

const args = ['vitest', 'run', '--config', `${DIRECTORY}/vitest.config.ts`, ...process.argv.slice(2)];
process.exitCode = run('npx', ['--no-install', ...args]) ? 0 : 1;
