import { stepLevel } from '../../../lambda/assess/levels.ts';
import { knownSessions, learn } from '../../../lambda/assess/predictions/scores.ts';
import {
  addSample,
  emptySessionHistory,
  forget,
} from '../../../lambda/assess/predictions/session-history.ts';
import type { Database } from '../../../lambda/config/database.ts';
import type { Level } from '../../../lambda/model/level.ts';
import { levelThresholds } from '../../../lambda/model/level-thresholds.ts';
import type { SampledSession } from '../../../lambda/model/observation.ts';
import { emptyLearned, type Learned } from '../../../lambda/model/prediction.ts';
import { emptyReclaimMemory } from '../../../lambda/model/reclamation.ts';
import { stopsUnder } from '../../../lambda/reclaim/allowed-idle-age.ts';
import { type Choice, choose } from '../../../lambda/reclaim/choose-sessions.ts';
import { microseconds } from '../../../lambda/reclaim/earned.ts';
import type { SessionRow } from '../../../lambda/reclaim/list-sessions.ts';
import { shouldReclaim } from '../../../lambda/reclaim/reclaim.ts';
import { afterCut, watchPools } from '../../../lambda/reclaim/refilling-pools.ts';
import type { Model, ModelSession } from './model.ts';

/** How often the guard of a model samples. All in seconds. */
export interface Cadence {
  /** When it takes its first sample. */
  readonly first: number;
  /** The longest and the shortest time between two; in between, half of the time in which the server would fill up. */
  readonly most: number;
  readonly least: number;
  /** When its process is replaced by another, which knows the scores and nothing of the sessions. */
  readonly coldStarts: readonly number[];
}

/** What the guard of a model did. */
export interface ModelGuard {
  /** Sessions ended, by the rule that spoke of them; `age` where none did. */
  readonly endedBy: Map<string, number>;
  readonly passes: { readonly at: number; readonly used: number; readonly choice: Choice }[];
  learned: Learned;
  mostPaused: number;
}

const EPOCH = Date.UTC(2026, 0, 1);
/** A second of the model as a timestamp of the server. */
export const timestamp = (second: number): string =>
  new Date(EPOCH + Math.round(second * 1000)).toISOString().replace('Z', '000Z');

/**
 * Lets a model go on up to second `until` with the guard on it: what it learns, chooses and ends is what the function
 * learns, chooses and ends, with samples of plain data in place of a server's.
 */
export async function guardModel(
  model: Model,
  database: Database,
  cadence: Cadence,
  until: number,
): Promise<ModelGuard> {
  const guard: ModelGuard = { endedBy: new Map(), passes: [], learned: emptyLearned, mostPaused: 0 };
  const { reclaim: policy, alerts } = database;
  // The guard's own session has a slot that the application cannot get.
  const usable = model.usable + 1;
  const thresholds = levelThresholds(database, usable);
  let history = emptySessionHistory;
  let memory = emptyReclaimMemory;
  let level: Level = 'ok';
  let clearSince: Parameters<typeof stepLevel>[1] = { warning: null, critical: null, full: null };
  let last = { at: 0, used: 0 };
  let ended = 0;

  for (let at = cadence.first; at < until; ) {
    await model.advance(at);
    const rows = model.sessions().map((session) => rowOf(session, at));
    const isCold = cadence.coldStarts.some((start) => start > last.at && start <= at);
    const seen = addSample(
      isCold ? emptySessionHistory : history,
      { at: microseconds(timestamp(at)), sessions: model.sessions().map(sampled) },
      'started',
    );
    guard.learned = learn(guard.learned, seen.lesson);
    ({ level, clearSince } = stepLevel(
      level,
      clearSince,
      { used: rows.length, thresholds },
      at * 1000,
      alerts.clearAfter,
    ));
    memory = { ...memory, ...watchPools(memory, rows, at * 1000, thresholds.full.enter) };
    guard.mostPaused = Math.max(guard.mostPaused, memory.paused.length);
    const chosen: SessionRow[] = [];
    if (shouldReclaim(level, policy)) {
      const choice = choose({
        ...{ rows, policy, level, thresholds, paused: memory.paused },
        until: stopsUnder(policy, thresholds, usable),
        hourBudget: policy.maxPerHour - ended,
        arrived: rows.filter(({ startedFor }) => startedFor < at - last.at).length,
        known: knownSessions(seen.history, guard.learned),
      });
      guard.passes.push({ at, used: rows.length, choice });
      for (const { row, prediction } of choice.chosen) {
        chosen.push(row);
        model.terminate(row.pid);
        const rule = prediction?.rule ?? 'age';
        guard.endedBy.set(rule, (guard.endedBy.get(rule) ?? 0) + 1);
      }
      memory = { ...memory, ...afterCut(memory, rows, chosen, at * 1000, thresholds.full.enter) };
    }
    ended += chosen.length;
    history = forget(
      seen.history,
      chosen.map(({ pid, backendStart }) => ({ pid, startedAt: microseconds(backendStart) })),
    );
    const rate = (rows.length - last.used) / (at - last.at);
    last = { at, used: rows.length - chosen.length };
    const toFull =
      rate > 0 ? Math.max(0, thresholds.full.enter - last.used) / rate : Number.POSITIVE_INFINITY;
    at += Math.max(cadence.least, Math.min(cadence.most, toFull / 2));
  }
  await model.advance(until);
  return guard;
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
    ...{ pid, role: 'app', database: 'shop', application, state },
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
    ...{ pid, role: 'app', database: 'shop', application, client: '10.0.0.1', state },
    ...{ backendStart: timestamp(backendStart), stateChange: timestamp(stateChange) },
    ...{ idleFor: now - stateChange, startedFor: now - backendStart, whole: true },
    ...{ superuser: false, replication: false, ours: false, listens: false, advisoryLock: false },
  };
}
