import { stepLevel } from '../../../lambda/assess/levels.ts';
import { knownSessions, learn } from '../../../lambda/assess/predictions/scores.ts';
import {
  addSample,
  emptySessionHistory,
  forget,
} from '../../../lambda/assess/predictions/session-history.ts';
import type { Database } from '../../../lambda/config/database.ts';
import { spend, spentInLastHour } from '../../../lambda/model/hourly-budget.ts';
import type { Level } from '../../../lambda/model/level.ts';
import { levelThresholds } from '../../../lambda/model/level-thresholds.ts';
import type { Observation } from '../../../lambda/model/observation.ts';
import { emptyLearned, type Learned } from '../../../lambda/model/prediction.ts';
import { emptyReclaimMemory } from '../../../lambda/model/reclamation.ts';
import type { SampledSession, SampledSessions } from '../../../lambda/model/sampled-session.ts';
import { stopsUnder } from '../../../lambda/reclaim/allowed-idle-age.ts';
import { type Choice, choose } from '../../../lambda/reclaim/choose-sessions.ts';
import { microseconds } from '../../../lambda/reclaim/earned.ts';
import type { SessionRow } from '../../../lambda/reclaim/list-sessions.ts';
import { shouldReclaim } from '../../../lambda/reclaim/reclaim.ts';
import { afterCut, watchPools } from '../../../lambda/reclaim/refilling-pools.ts';
import { secondsToFull, type Watched, withObservation } from '../../../lambda/run/fill-rate.ts';
import { longestPause, nextRunAt, nextSample, runWindow } from '../../../lambda/run/sampling-schedule.ts';
import { add } from '../../../local/incident/application/ledger.ts';
import type { Model, ModelSession } from './model.ts';

/** Seconds from the start at which the guard of a model samples: as the function does, or the command line. */
export interface Cadence {
  /** Seconds from a run of the function to the begin of the scenario; null for the command line. */
  readonly phase: number | null;
  /** Seconds by which each run comes late, one after the other and then again from the first. @default [0] */
  readonly late?: readonly number[];
  /** When its process is replaced by another, which knows the scores and nothing of the sessions. @default [] */
  readonly coldStarts?: readonly number[];
}

/** What the guard of a model did. */
export interface ModelGuard {
  /** Sessions ended, by the rule that spoke of them; `age` where none did. */
  readonly endedBy: Map<string, number>;
  readonly passes: { readonly at: number; readonly used: number; readonly choice: Choice }[];
  /** Seconds at which it sampled. */
  readonly samples: number[];
  learned: Learned;
  mostPaused: number;
}

const EPOCH = Date.UTC(2026, 0, 1);
/** A second of the model as a timestamp of the server. */
export const timestamp = (second: number): string =>
  new Date(EPOCH + Math.round(second * 1000)).toISOString().replace('Z', '000Z');

/** Seconds that a check takes, its pass of reclaim included. */
const CHECK_TAKES = 0.05;

/**
 * Lets a model go on up to second `until` with the guard on it: when it samples, what it learns, chooses and ends is what
 * the function samples, learns, chooses and ends, with samples of plain data in place of a server's.
 */
export async function guardModel(
  model: Model,
  database: Database,
  cadence: Cadence,
  until: number,
): Promise<ModelGuard> {
  const guard: ModelGuard = {
    endedBy: new Map(),
    passes: [],
    samples: [],
    learned: emptyLearned,
    mostPaused: 0,
  };
  const check = checking(model, database, guard, cadence.coldStarts ?? []);
  const { phase, late = [0] } = cadence;
  if (phase === null) {
    for (let at = 0; at < until; ) {
      const { toFull } = await check(at);
      at += Math.min(COMMAND_LINE_EVERY, longestPause(toFull) / 1000);
    }
  } else {
    for (let run = 0; run * 60 - phase < until; run++) {
      const begins = (index: number) => index * 60 - phase + (late[index % late.length] ?? 0);
      const earlier = Array.from({ length: Math.min(run, 5) }, (_, index) => begins(run - 1 - index) * 1000);
      const now = begins(run) * 1000;
      const window = runWindow(now, RUN_LASTS, nextRunAt(now, earlier));
      for (let at: number | null = now; at !== null && at < until * 1000; ) {
        const { level, toFull } = await check(at / 1000);
        at = nextSample(database, level, toFull, at, at + CHECK_TAKES * 1000, window);
      }
    }
  }
  await model.advance(until);
  return guard;
}

/** The default of `watch --interval`, in seconds. */
const COMMAND_LINE_EVERY = 5;

/** Lambda's timeout for a run, in ms. */
const RUN_LASTS = 65_000;

function checking(model: Model, database: Database, guard: ModelGuard, coldStarts: readonly number[]) {
  const { reclaim: policy, alerts } = database;
  // The guard's own session has a slot that the application cannot get.
  const usable = model.usable + 1;
  const thresholds = levelThresholds(database, usable);
  let history = emptySessionHistory;
  let memory = emptyReclaimMemory;
  let level: Level = 'ok';
  let clearSince: Parameters<typeof stepLevel>[1] = { warning: null, critical: null, full: null };
  let watched: readonly Watched[] = [];
  let last = Number.NEGATIVE_INFINITY;

  return async (at: number) => {
    if (at >= 0) await model.advance(at);
    const open = at >= 0 ? model.sessions() : [];
    guard.samples.push(at);
    const now = EPOCH + at * 1000;
    const rows = open.map((session) => rowOf(session, at));
    if (coldStarts.some((start) => start > last && start <= at)) {
      [history, watched] = [emptySessionHistory, []];
    }
    const sessions = { at: microseconds(timestamp(at)), sessions: open.map(sampled) };
    const seen = addSample(history, sessions, 'started', usable - rows.length);
    guard.learned = learn(guard.learned, seen.lesson);
    const current = { used: rows.length, thresholds };
    ({ level, clearSince } = stepLevel(level, clearSince, current, now, alerts.clearAfter));
    memory = { ...memory, ...watchPools(memory, rows, now, thresholds.full.enter) };
    guard.mostPaused = Math.max(guard.mostPaused, memory.paused.length);
    const chosen: SessionRow[] = [];
    if (shouldReclaim(level, policy)) {
      const choice = choose({
        rows,
        policy,
        level,
        thresholds,
        paused: memory.paused,
        budgets: database.budgets,
        until: stopsUnder(policy, thresholds, usable),
        hourBudget: Math.max(0, policy.maxPerHour - spentInLastHour(memory.spent, now)),
        arrived: history.at === null ? 0 : rows.filter(({ startedFor }) => startedFor < at - last).length,
        known: knownSessions(seen.history, guard.learned),
      });
      guard.passes.push({ at, used: rows.length, choice });
      for (const { row, prediction, isTrial } of choice.chosen) {
        chosen.push(row);
        model.terminate(row.pid);
        add(guard.endedBy, isTrial ? 'trial' : (prediction?.rule ?? 'age'), 1);
      }
      const spent = spend(memory.spent, now, chosen.length);
      const byAge = choice.chosen.filter(({ prediction }) => prediction === null).map(({ row }) => row);
      memory = { ...memory, spent, ...afterCut(memory, rows, byAge, now, thresholds.full.enter) };
    }
    history = forget(
      seen.history,
      chosen.map(({ pid, backendStart }) => ({ pid, startedAt: microseconds(backendStart) })),
    );
    watched = withObservation(watched, sampleOf(now, sessions, usable), chosen.length);
    last = at;
    return { level, toFull: secondsToFull(watched) };
  };
}

/** A sample with nothing in it but what the fill rate asks for. */
function sampleOf(at: number, sessions: SampledSessions, maxConnections: number): Observation {
  const used = sessions.sessions.length;
  return {
    kind: 'sample',
    at,
    took: 0,
    used,
    groups: [],
    limits: [],
    sessions,
    capacity: { maxConnections, superuserReserved: 0, reserved: 0, rdsSuperuserReserved: 0, rdsReserved: 0 },
    server: { versionNum: 180_000, isReplica: false, startedAt: 'started', canSignal: true, role: 'guard' },
  };
}

/** A number for a text, as the server's hash is one. */
function hashOf(text: string): number {
  let hash = 0;
  for (const character of text) hash = (Math.imul(hash, 31) + character.charCodeAt(0)) >>> 0;
  return hash;
}

/** A session of the model, as a sample of a real server shows it. */
export function sampled({
  pid,
  application,
  state,
  query,
  backendStart,
  stateChange,
}: ModelSession): SampledSession {
  return {
    pid,
    role: 'app',
    database: 'shop',
    application,
    state,
    startedAt: microseconds(timestamp(backendStart)),
    changedAt: microseconds(timestamp(stateChange)),
    statement: { shape: hashOf(query.replace(/['\d].*/, '')), text: hashOf(query) },
  };
}

function rowOf(
  { pid, application, state, backendStart, stateChange }: ModelSession,
  now: number,
): SessionRow {
  return {
    pid,
    role: 'app',
    database: 'shop',
    application,
    client: '10.0.0.1',
    state,
    backendStart: timestamp(backendStart),
    stateChange: timestamp(stateChange),
    idleFor: now - stateChange,
    startedFor: now - backendStart,
    whole: true,
    superuser: false,
    replication: false,
    ours: false,
    listens: false,
    advisoryLock: false,
  };
}
