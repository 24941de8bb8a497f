import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Keeper, Stage } from '../stage.ts';

/** The command line with `watch --terminate`, as it is started in a terminal when the trouble begins. */
export function watchKeeper(cliFile: string, failures: string[]): Keeper {
  return async (stage, signal) => {
    await delay(Math.max(0, -stage.elapsed()), undefined, { signal });
    const child = spawn(process.execPath, [cliFile, 'watch', '--terminate', ...thresholds(stage)], {
      // A pipe, so that it ends when it can no longer be written to: when this process is gone.
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'], ...login(stage) },
    });
    child.stdout.resume();
    const errors: string[] = [];
    child.stderr.on('data', (chunk) => errors.push(String(chunk)));
    const ended = once(child, 'exit');
    const remaining = stage.scenario.seconds * 1000 - stage.elapsed();
    const over = delay(Math.max(0, remaining), 'over' as const, { signal }).catch(() => 'over' as const);
    const status: unknown = await Promise.race([over, ended.then(([code]: unknown[]) => code)]);
    if (status !== 'over')
      failures.push(`watch ended with ${String(status)}: ${errors.join('').slice(-500)}`);
    child.kill();
    await ended;
  };
}

function thresholds({ scenario }: Stage): string[] {
  if (!scenario.thresholds) return [];
  const { warning, critical } = scenario.thresholds;
  return ['--warning', String(warning), '--critical', String(critical)];
}

function login({ server, guard }: Stage): Record<string, string> {
  return {
    PGHOST: server.host,
    PGPORT: String(server.port),
    PGDATABASE: 'postgres',
    PGUSER: guard.user,
    PGPASSWORD: guard.password,
    PGSSLMODE: 'disable',
  };
}
