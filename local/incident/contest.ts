import { emptyLedger, total } from './application/ledger.ts';
import { type Builds, POLICIES } from './policies.ts';
import { ROWS } from './rows.ts';
import { play, type Stage } from './stage.ts';
import { levelsReached } from './timeline.ts';

/** One play of one row under one policy, as a message to the process that plays it. */
export interface ContestOrder {
  readonly row: string;
  readonly policy: string;
  readonly phase: number;
  readonly seed: number;
  readonly builds: Builds;
}

/** How a policy did in one play. */
export interface Result {
  readonly phase: number;
  readonly peakUsed: number;
  readonly refusedLogins: number;
  /** Of the application's requests, in percent. */
  readonly refusedPercent: number;
  /** Ms from the start to the first refused login; null when none was refused. */
  readonly firstRefused: number | null;
  /** Sessions ended by something other than the application. */
  readonly ended: number;
  /** Sessions ended while their client was still going to use them, by group of clients. */
  readonly cut: Readonly<Record<string, number>>;
  readonly livingSessionsCut: number;
  /** Ms from level critical to the first session ended after that; null when none was. */
  readonly firstSlotBack: number | null;
  /** Ms for which no slot was left for an ordinary role. */
  readonly full: number;
  /** What makes the result void. */
  readonly failures: readonly string[];
}

/** Plays a row under a policy. */
export async function contest(order: ContestOrder, signal: AbortSignal): Promise<Result> {
  const row = ROWS.find(({ name }) => name === order.row);
  const policy = POLICIES.find(({ name }) => name === order.policy);
  if (!row || !policy) throw new Error(`no row ${order.row} or no policy ${order.policy}`);
  const started = await policy.start(order.builds, row.reclaim);
  try {
    const { phase, seed } = order;
    const stage = await play({ ...started, scenario: row.scenario, phase, seed }, signal);
    return {
      ...measure(stage),
      failures: [
        ...started.failures,
        ...[...stage.ledger.failures].map(([text, count]) => `${text} (${count} times)`),
      ],
    };
  } finally {
    await started.stop();
  }
}

/** The result of a play that broke off: void, with what it broke with. */
export function broken(phase: number, error: unknown): Result {
  const limits = { warning: 0, critical: 0, usable: 0 };
  const nothing = measure({ measurements: [], limits, ledger: emptyLedger(), phase });
  return { ...nothing, failures: [error instanceof Error ? (error.stack ?? error.message) : String(error)] };
}

/** What a play says about its policy. */
export function measure({
  measurements,
  limits,
  ledger,
  phase,
}: Pick<Stage, 'measurements' | 'limits' | 'ledger' | 'phase'>): Omit<Result, 'failures'> {
  const critical = levelsReached(measurements, limits).find(({ level }) => level === 'critical');
  const firstEnd = ledger.endedAt.find((at) => critical && at >= critical.at);
  const full = measurements.filter(({ used, guard }) => used + guard >= limits.usable).length;
  const length = measurements.at(-1)?.at ?? 0;
  return {
    phase,
    peakUsed: Math.max(0, ...measurements.map(({ used }) => used)),
    refusedLogins: ledger.refusedAt.length,
    refusedPercent: (100 * ledger.refusedRequests) / Math.max(1, ledger.requests),
    firstRefused: ledger.refusedAt[0] ?? null,
    ended: ledger.endedAt.length,
    cut: Object.fromEntries(ledger.cut),
    livingSessionsCut: total(ledger.cut),
    firstSlotBack: critical && firstEnd !== undefined ? firstEnd - critical.at : null,
    full: measurements.length === 0 ? 0 : (full / measurements.length) * length,
  };
}
