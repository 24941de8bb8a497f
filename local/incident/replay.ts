import { setTimeout as delay } from 'node:timers/promises';
import type { SnsMessage } from '../aws/records.ts';
import type { Scenario } from './application/scenario.ts';
import { startFunctionKeeper } from './guard/function-keeper.ts';
import type { ReclaimMode, ReplayOutcome, Trouble } from './outcome.ts';
import { type Audience, type Keeper, play, type Stage } from './stage.ts';
import { levelsReached } from './timeline.ts';

/** A message that the guard sent, as it would arrive by email. */
export interface AlertEmail {
  readonly level: string;
  readonly subject: string;
  readonly text: string;
  /** Ms from the start. */
  readonly at: number;
}

/** What follows a replay. */
export interface ReplayAudience extends Audience {
  onAlert?(stage: Stage, alert: AlertEmail): void;
  /** Something happens to the application that people should know. */
  onStory?(stage: Stage, text: string): void;
}

/** How a scenario is replayed. */
export interface ReplaySettings {
  readonly reclaim: ReclaimMode;
  /** Seconds from a run of the guard to the begin of the scenario. */
  readonly phase: number;
  /** The built function. */
  readonly bundleFile: string;
}

/** Replays a scenario with the built function watching, run after run. */
export async function replay(
  scenario: Scenario,
  { reclaim: mode, phase, bundleFile }: ReplaySettings,
  audience: ReplayAudience,
  signal: AbortSignal,
): Promise<{ outcome: ReplayOutcome; trouble: Trouble }> {
  const guard = await startFunctionKeeper(bundleFile, { reclaim: { mode } });
  let forget = () => {};
  try {
    const listen: Audience = {
      ...audience,
      onStart: (stage) => {
        forget = guard.aws.onMessage((message) => audience.onAlert?.(stage, alertOf(message, stage)));
        audience.onStart?.(stage);
      },
    };
    const narrate: Keeper = (stage, until) => tellStory(stage, audience, until);
    const stage = await play({ scenario, phase, keepers: [guard.keep, narrate], audience: listen }, signal);
    return {
      outcome: {
        maxConnections: scenario.maxConnections,
        usable: stage.limits.usable,
        peakUsed: Math.max(0, ...stage.measurements.map(({ used }) => used)),
        samples: countValues(guard.aws.metricData.filter(({ metric }) => metric === 'CheckSucceeded')),
        levels: levelsReached(stage.measurements, stage.limits),
        alerts: guard.aws.messages.map((message) => {
          const { level, subject, at } = alertOf(message, stage);
          return { level, subject, at };
        }),
        metricData: countValues(guard.aws.metricData),
        refusedLogins: stage.ledger.refusedAt.length,
        requests: stage.ledger.requests,
        refusedRequests: stage.ledger.refusedRequests,
        terminated: stage.ledger.endedAt.length,
        livingSessionsCut: Object.fromEntries(stage.ledger.cut),
        reclaim: mode,
      },
      trouble: {
        application: [...stage.ledger.failures].map(([text, count]) => `${text} (${count} times)`),
        guard: guard.failures,
      },
    };
  } finally {
    forget();
    await guard.stop();
  }
}

function alertOf({ attributes, subject, bodies, at }: SnsMessage, { startedAt }: Stage): AlertEmail {
  return {
    level: attributes['level'] ?? 'unknown',
    subject: subject ?? '',
    text: bodies['email'] ?? bodies.default,
    at: at - startedAt,
  };
}

function countValues(records: readonly { readonly counts: readonly number[] }[]): number {
  return records.reduce((sum, { counts }) => sum + counts.reduce((values, count) => values + count, 0), 0);
}

async function tellStory(stage: Stage, audience: ReplayAudience, signal: AbortSignal): Promise<void> {
  for (const { at, text } of stage.scenario.story) {
    await delay(Math.max(0, at * 1000 - stage.elapsed()), undefined, { signal });
    audience.onStory?.(stage, text);
  }
}
