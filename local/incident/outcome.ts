import { LEVELS, type Level } from '../../lambda/model/level.ts';
import type { LevelReached } from './timeline.ts';

/** What the guard may do about stale sessions during a replay. */
export const RECLAIM_MODES = ['off', 'dry-run', 'terminate'] as const;

/** One of {@link RECLAIM_MODES}. */
export type ReclaimMode = (typeof RECLAIM_MODES)[number];

/** A message as it reached the topic. */
export interface SentAlert {
  /** The level that the message names. */
  readonly level: string;
  readonly subject: string;
  /** Ms from the start. */
  readonly at: number;
}

/** What one replay came to: the document of `--json`, times in ms from the start. */
export interface ReplayOutcome {
  readonly maxConnections: number;
  readonly usable: number;
  readonly peakUsed: number;
  /** Samples that the guard published. */
  readonly samples: number;
  readonly levels: readonly LevelReached[];
  readonly alerts: readonly SentAlert[];
  /** Data points published. */
  readonly metricData: number;
  readonly refusedLogins: number;
  /** Requests of the application, and those of them that were refused a session. */
  readonly requests: number;
  readonly refusedRequests: number;
  /** Sessions that the guard ended. */
  readonly terminated: number;
  /** Sessions ended while their client was still going to use them, by group of clients. */
  readonly livingSessionsCut: Readonly<Record<string, number>>;
  readonly reclaim: ReclaimMode;
}

/** What went wrong besides the incident itself. */
export interface Trouble {
  /** What happened to clients of the application that should happen to none. */
  readonly application: readonly string[];
  /** Runs of the guard that failed. */
  readonly guard: readonly string[];
}

/** How long an alert may come after its level was reached: the default sampling interval and what sending takes. */
const ALERT_WITHIN_MS = 33_000;

/** Everything that did not go as it should; empty for a replay that may exit with 0. */
export function problems(outcome: ReplayOutcome, trouble: Trouble): string[] {
  const { levels, refusedLogins, reclaim, livingSessionsCut, terminated, samples } = outcome;
  const reached = new Set(levels.map(({ level }) => level));
  const found = [
    ...trouble.application.map((text) => `the application: ${text}`),
    ...trouble.guard.map((text) => `the guard: ${text}`),
  ];
  if (samples === 0) found.push('the guard published no sample');
  for (const level of ['warning', 'critical'] as const) {
    if (!reached.has(level)) found.push(`the application never reached level ${level}`);
  }
  if (levels.at(-1)?.level !== 'ok') found.push('the slots were not free again at the end');
  if (!outcome.alerts.some(({ level }) => level === 'ok')) found.push('no message said that it is over');
  if (reclaim === 'terminate') {
    if (refusedLogins > 0)
      found.push(`${refusedLogins} logins were refused although the guard gives slots back`);
    for (const [name, count] of Object.entries(livingSessionsCut))
      found.push(`${count} living sessions were cut: ${name}`);
    if (terminated === 0) found.push('the guard ended no session');
  } else {
    if (!reached.has('full')) found.push('the server never became full');
    if (refusedLogins === 0) found.push('no login was refused');
    if (terminated > 0) found.push(`${terminated} sessions were ended although nothing should end any`);
    if (!alertFor(outcome, 'full')) found.push('no message was sent at level full');
  }
  return [...found, ...lateAlerts(outcome)];
}

/** The first message that names `level` or a worse one at or after the time the level was reached. */
export function alertFor({ alerts, levels }: ReplayOutcome, level: Level): SentAlert | undefined {
  const reached = levels.find((entry) => entry.level === level);
  if (!reached) return undefined;
  const enough = level === 'ok' ? ['ok'] : LEVELS.slice(LEVELS.indexOf(level));
  return alerts.find((alert) => alert.at >= reached.at && enough.some((name) => name === alert.level));
}

/** A level that is left again before the guard's next sample needs no message; warning and critical last long enough here. */
function lateAlerts(outcome: ReplayOutcome): string[] {
  return outcome.levels.flatMap(({ level, at }) => {
    if (level !== 'warning' && level !== 'critical') return [];
    const alert = alertFor(outcome, level);
    if (!alert) return [`no message was sent at level ${level}`];
    const late = alert.at - at;
    return late > ALERT_WITHIN_MS
      ? [`the message at level ${level} came ${(late / 1000).toFixed(1)} s after it was reached`]
      : [];
  });
}
