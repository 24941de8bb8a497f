import type { Scenario } from './application/scenario.ts';
import type { Policy } from './policies.ts';
import { play, type Stage } from './stage.ts';
import { levelsReached } from './timeline.ts';

/** How one policy did in one scenario. */
export interface Result {
  readonly policy: string;
  readonly peakUsed: number;
  readonly refusedLogins: number;
  /** Sessions ended by somebody other than the application. */
  readonly ended: number;
  readonly healthyClientsCut: number;
  /** Ms from level critical to the first session ended after that; null when none was. */
  readonly firstSlotBack: number | null;
  /** Ms for which no slot was left for an ordinary role. */
  readonly full: number;
  /** What makes the result void. */
  readonly failures: readonly string[];
}

/** Plays a scenario under a policy. */
export async function contest(
  scenario: Scenario,
  policy: Policy,
  bundleFile: string,
  signal: AbortSignal,
): Promise<Result> {
  const started = await policy.start(bundleFile);
  try {
    const stage = await play({ ...started, scenario }, signal);
    return {
      ...measure(stage),
      policy: policy.name,
      failures: [
        ...started.failures,
        ...[...stage.ledger.failures].map(([text, count]) => `${text} (${count} times)`),
      ],
    };
  } finally {
    await started.stop();
  }
}

/** What a play says about its policy. */
export function measure({
  readings,
  limits,
  ledger,
  startedAt,
}: Pick<Stage, 'readings' | 'limits' | 'ledger' | 'startedAt'>): Omit<Result, 'policy' | 'failures'> {
  const critical = levelsReached(readings, limits).find(({ level }) => level === 'critical');
  const firstEnd = ledger.endedAt.find((at) => critical && at - startedAt >= critical.at);
  const full = readings.filter(({ used, guard }) => used + guard >= limits.usable).length;
  const length = readings.at(-1)?.at ?? 0;
  return {
    peakUsed: Math.max(0, ...readings.map(({ used }) => used)),
    refusedLogins: ledger.refusedLogins,
    ended: ledger.endedAt.length,
    healthyClientsCut: ledger.healthyClientsCut,
    firstSlotBack: critical && firstEnd !== undefined ? firstEnd - startedAt - critical.at : null,
    full: readings.length === 0 ? 0 : (full / readings.length) * length,
  };
}
