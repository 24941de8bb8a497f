import { type Assessment, assess } from '../assess/assess.ts';
import { addReclamation } from '../assess/incident.ts';
import { knownSessions } from '../assess/predictions/scores.ts';
import { addSample, forget, type SessionHistory } from '../assess/predictions/session-history.ts';
import type { Level } from '../model/level.ts';
import { levelThresholds } from '../model/level-thresholds.ts';
import type { Memory } from '../model/memory.ts';
import { type Observation, type Sample, usableSlots } from '../model/observation.ts';
import type { Observer } from '../model/observer.ts';
import type { ReclaimMemory, Reclamation } from '../model/reclamation.ts';
import { type ReclaimResult, reclaim, shouldReclaim } from '../reclaim/reclaim.ts';
import type { RunMemory } from '../remember/run-memory.ts';
import { withHeadBlocker } from './blocked.ts';
import type { CheckLog } from './check-log.ts';
import { type DeliverParts, deliver } from './deliver.ts';
import { logHolders } from './holders-log.ts';

/** What the checks of one database in one run work with. */
export interface CheckParts extends DeliverParts {
  readonly observer: Observer;
  readonly logCheck: CheckLog;
  /** Loaded while the first sample is under way. Never rejects. */
  readonly runMemory: Promise<RunMemory>;
  readonly signal: AbortSignal;
}

/** What one check came to. */
export interface CheckResult {
  readonly observation: Observation;
  /** The level held after it. */
  readonly level: Level;
  readonly alertsSent: number;
  /** What reclaim did; null when it was not its turn. */
  readonly reclamation: Reclamation | null;
  /** For the next check of the database in this process. */
  readonly history: SessionHistory;
}

/** One sample of one database and all that follows from it: observe, assess, reclaim, report, remember. */
export async function check(parts: CheckParts, history: SessionHistory): Promise<CheckResult> {
  const { database, observer, clock, signal } = parts;
  const [sampled, runMemory] = await Promise.all([observer.sample(signal), parts.runMemory]);
  const now = clock.now();
  const { history: seenSessions, lesson } = followed(history, sampled);
  const seen = assess({
    observation: sampled,
    database,
    memory: runMemory.memory,
    lesson,
    history: seenSessions,
    now,
  });
  const observation = await withHeadBlocker(parts, sampled, seen.level);
  parts.logCheck(observation, seen);
  logHolders(parts, observation, seen, runMemory.memory);

  const pass = await reclaimSlots(parts, runMemory, observation, seen, {
    before: history,
    now: seenSessions,
  });
  // Assessed once to know the level that reclaim acts at, and again by each memory that this check is applied to: when
  // another run has stored a newer one meanwhile, the same observation must be judged by that.
  /** What this check makes of a memory, ours or one that another run has stored since. */
  const assessed = (memory: Memory): Assessment => {
    const after = pass === null ? memory : { ...memory, reclaim: afterPass(pass, memory.reclaim) };
    const assessment = assess({ observation, database, memory: after, lesson, history: seenSessions, now });
    if (pass === null) return assessment;
    return { ...assessment, memory: addReclamation(assessment.memory, pass.reclamation) };
  };
  const reclamation = pass?.reclamation ?? null;
  runMemory.change((memory) => assessed(memory).memory);
  const { level } = runMemory.memory;
  const alertsSent = await deliver(parts, runMemory, { observation, reclamation });
  if (pass !== null) await runMemory.store();
  return {
    observation,
    level,
    alertsSent,
    reclamation,
    history: forget(seenSessions, pass?.signalled ?? []),
  };
}

/** What the sample adds to the history, where it names the sessions. */
function followed(history: SessionHistory, observation: Observation) {
  if (observation.kind !== 'sample' || observation.sessions === null) return { history, lesson: null };
  const { sessions, server, capacity, used } = observation;
  return addSample(history, sessions, server.startedAt, usableSlots(capacity) - used);
}

/** Seconds since the sample before; null when there was none. */
function secondsSince({ at }: SessionHistory, { sessions }: Sample): number | null {
  return at === null || sessions === null ? null : Math.max(0, (sessions.at - at) / 1e6);
}

async function reclaimSlots(
  parts: CheckParts,
  runMemory: RunMemory,
  observation: Observation,
  { level, memory }: Assessment,
  history: { readonly before: SessionHistory; readonly now: SessionHistory },
) {
  const { database, observer, clock, log, signal } = parts;
  if (observation.kind !== 'sample' || observer.session === null) return null;
  if (!shouldReclaim(level, database.reclaim)) return null;
  const before = runMemory.memory;
  return await reclaim({
    database: database.name,
    session: observer.session,
    clock,
    log,
    signal,
    policy: database.reclaim,
    budgets: database.budgets,
    level,
    thresholds: levelThresholds(database, usableSlots(observation.capacity)),
    sample: observation,
    memory: before.reclaim,
    known: knownSessions(history.now, memory.learned),
    sinceSample: secondsSince(history.before, observation),
    reserve: (reserved) =>
      runMemory.claim((memory) => (sameSpent(memory, before) ? { ...memory, reclaim: reserved } : null)),
  });
}

/** True unless another run has signalled sessions between the two: then what this one has chosen is out of date. */
function sameSpent(one: Memory, other: Memory): boolean {
  return JSON.stringify(one.reclaim.spent) === JSON.stringify(other.reclaim.spent);
}

/** A pass that signalled no session takes nothing from the hour's budget, so what other runs have spent meanwhile is kept. */
function afterPass({ memory, reclamation }: ReclaimResult, before: ReclaimMemory): ReclaimMemory {
  const signalled = reclamation.mode === 'terminate' && reclamation.chosen.length > 0;
  return signalled ? memory : { ...memory, spent: before.spent };
}
