import { cpus } from 'node:os';
import { table } from '../../cli/terminal/table.ts';
import { UsageError } from '../../cli/usage-error.ts';
import { buildBundle } from '../../infra/build/function-bundle.ts';
import type { Scenario } from './application/scenario.ts';
import { parseBenchOptions, USAGE } from './bench-options.ts';
import { contest, type Result } from './contest.ts';
import { Interrupted, interruption } from './interruption.ts';
import type { Policy } from './policies.ts';

/** `npm run bench:incident`: policies compared on the same incidents. Returns the exit status. */
async function main(args: readonly string[]): Promise<number> {
  let options: ReturnType<typeof parseBenchOptions>;
  try {
    options = parseBenchOptions(args);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\n\n${USAGE}`);
    return 2;
  }
  if (options.help) {
    print([USAGE.trimEnd()]);
    return 0;
  }
  const signal = interruption();
  try {
    return await compare(options.scenarios, options.policies, signal);
  } catch (error) {
    if (signal.aborted && signal.reason instanceof Interrupted) return signal.reason.status;
    throw error;
  }
}

async function compare(
  scenarios: readonly Scenario[],
  policies: readonly Policy[],
  signal: AbortSignal,
): Promise<number> {
  const [cpu] = cpus();
  print([`# ${cpu?.model ?? 'unknown processor'}, ${cpus().length} cores, Node ${process.version}`, '']);
  const bundle = await buildBundle();
  let failed = false;
  for (const scenario of scenarios) {
    const taking = policies.filter((policy) => policy.scenarios?.includes(scenario.name) ?? true);
    print([`## ${scenario.name}: ${scenario.title} (${scenario.seconds} s)`, '']);
    const results = await Promise.all(taking.map((policy) => contest(scenario, policy, bundle.file, signal)));
    print([...resultTable(results), '']);
    for (const { policy, failures } of results) {
      failed ||= failures.length > 0;
      print(failures.map((failure) => `void: ${policy}: ${failure}`));
    }
  }
  print(policies.map(({ name, title }) => `${name}: ${title}`));
  return failed ? 1 : 0;
}

function resultTable(results: readonly Result[]): string[] {
  const right = (title: string) => ({ title, align: 'right' as const });
  return table(
    [
      { title: 'policy' },
      right('refused logins'),
      right('sessions ended'),
      right('came back to an ended one'),
      right('critical to first slot back'),
      right('peak used'),
      right('time full'),
    ],
    results.map((result) => [
      result.policy,
      String(result.refusedLogins),
      String(result.ended),
      String(result.healthyClientsCut),
      result.firstSlotBack === null ? 'never' : seconds(result.firstSlotBack),
      String(result.peakUsed),
      seconds(result.full),
    ]),
  );
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function print(lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
}

process.exitCode = await main(process.argv.slice(2));
