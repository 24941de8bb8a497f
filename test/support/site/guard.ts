import { stepLevel } from '../../../lambda/assess/levels.ts';
import { knownSessions, learn } from '../../../lambda/assess/predictions/scores.ts';
import {
  addSample,
  emptySessionHistory,
  forget,
} from '../../../lambda/assess/predictions/session-history.ts';
import type { Database } from '../../../lambda/config/database.ts';
import { atLeast, type Level } from '../../../lambda/model/level.ts';
import { levelThresholds } from '../../../lambda/model/level-thresholds.ts';
import type { SampledSession } from '../../../lambda/model/observation.ts';
import { emptyLearned, type Learned } from '../../../lambda/model/prediction.ts';
import { emptyReclaimMemory } from '../../../lambda/model/reclamation.ts';
import { stopsUnder } from '../../../lambda/reclaim/allowed-idle-age.ts';
import { type Choice, choose } from '../../../lambda/reclaim/choose-sessions.ts';
import { microseconds } from '../../../lambda/reclaim/earned.ts';
import type { SessionRow } from '../../../lambda/reclaim/list-sessions.ts';
import { afterCut, watchPools } from '../../../lambda/reclaim/refilling-pools.ts';
import type { SimulatedSession, Site } from './site.ts';

/** What the guard of a simulated site did. */
export interface GuardOutcome {
  ended: number;
  readonly endedBy: Map<string, number>;
  learned: Learned;
  /** Choices made, the last ones. */
  readonly choices: { at: number; used: number; choice: Choice }[];
  pauses: number;
}

/** How often it looks. */
export interface Cadence {
  /** The second of its first sample. */
  readonly first: number;
  /** Seconds between two samples, at most and at least. */
  readonly most: number;
  readonly least: number;
  /** Seconds at which the process is replaced: it knows its scores and nothing of the sessions. */
  readonly coldStarts?: readonly number[];
}

const EPOCH = Date.UTC(2026, 0, 1);
const iso = (second: number) =>
  new Date(EPOCH + Math.round(second * 1000)).toISOString().replace('Z', '000Z');
const micro = (second: number) => microseconds(iso(second));

/** Puts a guard on the site: the learner and the choice of the function, on samples of plain data. */
export function guard(site: Site, database: Database, usable: number, cadence: Cadence): GuardOutcome {
  const outcome: GuardOutcome = {
    ...{ ended: 0, endedBy: new Map(), learned: emptyLearned, choices: [], pauses: 0 },
  };
  const { reclaim: policy } = database;
  const thresholds = levelThresholds(database, usable);
  let history = emptySessionHistory;
  let memory = emptyReclaimMemory;
  let level: Level = 'ok';
  let clearSince: Parameters<typeof stepLevel>[1] = { warning: null, critical: null, full: null };
  let last = { at: Number.NaN, used: 0 };
  let coldStarts = [...(cadence.coldStarts ?? [])];

  const sample = () => {
    const { now } = site;
    if (coldStarts.some((at) => at <= now)) {
      coldStarts = coldStarts.filter((at) => at > now);
      history = emptySessionHistory;
    }
    const there = [...site.sessions.values()];
    const seen = addSample(history, { at: micro(now), sessions: there.map(sampled) }, 'start');
    history = seen.history;
    outcome.learned = learn(outcome.learned, seen.lesson);
    const used = there.length;
    ({ level, clearSince } = stepLevel(
      level,
      clearSince,
      { used, thresholds },
      now * 1000,
      database.alerts.clearAfter,
    ));
    const rows = there.map((session) => rowAt(session, now));
    memory = { ...memory, ...watchPools(memory, rows, now * 1000, thresholds.full.enter) };
    outcome.pauses = Math.max(outcome.pauses, memory.paused.length);
    let left = used;
    if (policy.at === 'always' || (policy.mode === 'terminate' && atLeast(level, policy.at))) {
      const choice = choose({
        ...{ rows, policy, level, thresholds, paused: memory.paused },
        until: stopsUnder(policy, thresholds, usable),
        hourBudget: policy.maxPerHour - outcome.ended,
        arrived: rows.filter(({ startedFor }) => startedFor < now - last.at).length,
        known: knownSessions(history, outcome.learned),
      });
      outcome.choices.push({ at: now, used, choice });
      const cut = choice.chosen.map(({ row }) => row);
      outcome.ended += cut.length;
      for (const { prediction } of choice.chosen) {
        const rule = prediction?.rule ?? 'age';
        outcome.endedBy.set(rule, (outcome.endedBy.get(rule) ?? 0) + 1);
      }
      memory = { ...memory, ...afterCut(memory, rows, cut, now * 1000, thresholds.full.enter) };
      history = forget(
        history,
        cut.map(({ pid, backendStart }) => ({ pid, startedAt: microseconds(backendStart) })),
      );
      for (const { pid } of cut) site.end(pid);
      left -= cut.length;
    }
    const rate = (used - last.used) / (now - last.at);
    const toFull = rate > 0 ? Math.max(0, thresholds.full.enter - left) / rate : Number.POSITIVE_INFINITY;
    last = { at: now, used: left };
    site.schedule(now + Math.max(cadence.least, Math.min(cadence.most, toFull / 2)), sample);
  };
  site.schedule(cadence.first, sample);
  return outcome;
}

function sampled(session: SimulatedSession): SampledSession {
  return {
    ...{ pid: session.pid, role: 'app', database: 'shop', application: session.application },
    startedAt: micro(session.openedAt),
    changedAt: micro(session.changedAt),
    state: session.state,
    statement: session.statement,
  };
}

function rowAt(session: SimulatedSession, now: number): SessionRow {
  return {
    ...{ pid: session.pid, role: 'app', database: 'shop', application: session.application },
    backendStart: iso(session.openedAt),
    stateChange: iso(session.changedAt),
    ...{ state: session.state, client: '10.0.0.1' },
    idleFor: now - session.changedAt,
    startedFor: now - session.openedAt,
    ...{
      ...{ superuser: false, replication: false, ours: false, listens: false },
      ...{ advisoryLock: false, whole: true },
    },
  };
}
