import type { Budget } from '../config/budgets.ts';
import type { ReclaimPolicy } from '../config/reclaim-policy.ts';
import { spend, spentInLastHour } from '../model/hourly-budget.ts';
import { atLeast, type Level } from '../model/level.ts';
import { type Sample, usableSlots } from '../model/observation.ts';
import type { KnownSessions } from '../model/prediction.ts';
import {
  type ChosenSession,
  type Outcome,
  type ReclaimMemory,
  type Reclamation,
  wasSignalled,
} from '../model/reclamation.ts';
import type { SampledSession } from '../model/sampled-session.ts';
import type { Session } from '../model/session.ts';
import { orAborted } from '../shared/abort.ts';
import type { Clock } from '../shared/clock.ts';
import type { Log } from '../shared/log.ts';
import { type LevelThresholds, stopsUnder } from './allowed-idle-age.ts';
import { audit, countReasons, type Pass, told } from './audit.ts';
import type { Chosen } from './candidates.ts';
import { choose } from './choose-sessions.ts';
import { microseconds } from './earned.ts';
import { withBlocker } from './end-blocker.ts';
import { readRows, type SessionRow } from './list-sessions.ts';
import { afterCut, poolOf, watchPools } from './refilling-pools.ts';
import { terminate } from './terminate.ts';

/** What one pass of reclaim works on. */
export interface ReclaimRequest {
  /** The database's name in the configuration, for the log. */
  readonly database: string;
  readonly session: Session;
  readonly clock: Clock;
  readonly log: Log;
  /** Aborted when the check must end: no session is signalled after that. */
  readonly signal: AbortSignal;
  /** Its mode is not `off`, and it acts at `level`: see `shouldReclaim`. */
  readonly policy: ReclaimPolicy;
  readonly level: Level;
  readonly thresholds: LevelThresholds;
  readonly budgets: readonly Budget[];
  /** The sample that this check took. */
  readonly sample: Sample;
  /** Only these sessions may be ended, whatever the policy says of others. @default every one */
  readonly named?: (row: SessionRow) => boolean;
  readonly memory: ReclaimMemory;
  /** What the samples have shown of the sessions. */
  readonly known: KnownSessions;
  /** Seconds since the sample before; null when this process has taken none. */
  readonly sinceSample: number | null;
  /**
   * Stores the memory before the first signal is sent, the hour's budget already taken from it. Rejects when another
   * run has stored a newer one (a repeated event): then no session is signalled, so that two runs cannot spend one budget.
   */
  readonly reserve: (memory: ReclaimMemory) => Promise<void>;
}

/** What one pass of reclaim gives. */
export interface ReclaimResult {
  readonly reclamation: Reclamation;
  /** To be stored with the rest of the memory, and given to the next check. */
  readonly memory: ReclaimMemory;
  /** The sessions that were signalled: that they are gone proves nothing. */
  readonly signalled: readonly Pick<SampledSession, 'pid' | 'startedAt'>[];
}

/**
 * One pass: lists every session, chooses which are stale, ends them, and verifies. In dry-run it does
 * all of that but the signal. An audit line goes to the log before the first signal, and another after the last.
 *
 * Never rejects for what the database or the store does: `Reclamation.failure` says what broke the pass off.
 */
export async function reclaim(request: ReclaimRequest): Promise<ReclaimResult> {
  const { clock, policy, level, thresholds, sample, signal } = request;
  const session = abortable(request.session, signal);
  const at = clock.now();
  const until = stopsUnder(policy, thresholds, usableSlots(sample.capacity));
  const choosing = { policy, level, thresholds, until, known: request.known, budgets: request.budgets };
  let rows: Awaited<ReturnType<typeof readRows>>;
  try {
    rows = (await readRows(session)).filter(request.named ?? (() => true));
  } catch (error) {
    const none = choose({ ...choosing, rows: [], hourBudget: 0, arrived: 0, paused: [] });
    return done(request, { at, until, used: sample.used, choice: none, outcomes: [], failure: error });
  }

  const memory = { ...request.memory, ...watchPools(request.memory, rows, at, thresholds.full.enter) };
  const hourBudget = Math.max(0, policy.maxPerHour - spentInLastHour(memory.spent, at));
  const stale = choose({
    ...choosing,
    rows,
    hourBudget,
    paused: memory.paused,
    arrived: rows.filter(({ startedFor }) => startedFor < (request.sinceSample ?? 0)).length,
  });
  const seen = { ...request, memory };
  const choice = withBlocker(stale, rows, request, hourBudget);
  const pass = { at, until, used: rows.length, choice };

  if (policy.mode !== 'terminate' || choice.chosen.length === 0) {
    const outcomes = choice.chosen.map((): Outcome => 'would-end');
    return done(seen, { ...pass, outcomes, failure: null });
  }

  const reserved = { ...memory, spent: spend(memory.spent, at, choice.chosen.length) };
  try {
    await request.reserve(reserved);
    signal.throwIfAborted();
  } catch (error) {
    return done(seen, { ...pass, choice: { ...choice, chosen: [] }, outcomes: [], failure: error });
  }
  audit(request, 'reclaim.begin', { ...pass, outcomes: [], failure: null });
  const chosenRows = choice.chosen.map(({ row }) => row);
  const { outcomes, failure } = await terminate(session, chosenRows, clock, signal);
  const sent = choice.chosen.filter((_, index) => wasSignalled(outcomes[index]));
  const byAge = sent.filter(({ prediction }) => prediction === null).map(({ row }) => row);
  const after: ReclaimMemory = {
    ...reserved,
    spent: spend(reserved.spent, at, sent.length - choice.chosen.length),
    ...afterCut(memory, rows, byAge, at, thresholds.full.enter),
  };
  const signalled = sent.map(({ row: { pid, backendStart } }) => ({
    pid,
    startedAt: microseconds(backendStart),
  }));
  return { ...done({ ...seen, memory: after }, { ...pass, outcomes, failure }), signalled };
}

/** A session whose statements are not waited for once the signal aborts. */
const abortable = (session: Session, signal: AbortSignal): Session => ({
  query: (text, values) => orAborted(session.query(text, values), signal),
});

function done(request: ReclaimRequest, pass: Pass): ReclaimResult {
  const { memory, policy, level } = request;
  const { choice } = pass;
  const reclamation: Reclamation = {
    at: pass.at,
    mode: policy.mode === 'terminate' ? 'terminate' : 'dry-run',
    level,
    used: pass.used,
    until: pass.until,
    allowedIdleAge: choice.allowed.other,
    usedOnceIdleAge: choice.allowed.usedOnce,
    candidates: choice.candidates,
    chosen: choice.chosen.map((chosen, index) => described(chosen, pass.outcomes[index] ?? 'unknown')),
    leftAlone: countReasons(choice),
    longestIdle: choice.longestIdle,
    limitedBy: choice.limitedBy,
    pausedPools: memory.paused,
    culprits: choice.culprits.map(poolOf),
    idleIsCause: choice.idleIsCause,
    failure: pass.failure === null ? null : told(pass.failure),
  };
  audit(request, 'reclaim.done', pass);
  return { reclamation, memory, signalled: [] };
}

function described({ row, prediction, isCulprit, isTrial, blocks }: Chosen, outcome: Outcome): ChosenSession {
  const { pid, role, database, application, client, idleFor } = row;
  const blocking = blocks === undefined ? {} : { blocks };
  return {
    pid,
    role,
    database,
    application,
    client,
    idleFor,
    prediction,
    isCulprit,
    isTrial,
    ...blocking,
    outcome,
  };
}

/** Does the policy act at this level? */
export function shouldReclaim(level: Level, policy: ReclaimPolicy): boolean {
  return policy.mode !== 'off' && (policy.at === 'always' || atLeast(level, policy.at));
}
