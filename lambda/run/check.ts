import { type Assessment, assess } from '../assess/assess.ts';
import { addReclamation } from '../assess/incident.ts';
import { sameNotice, unsent } from '../assess/undelivered.ts';
import type { Database } from '../config/database.ts';
import type { Level } from '../model/level.ts';
import { linesFor } from '../model/level-thresholds.ts';
import type { Memory, Notice } from '../model/memory.ts';
import { type Observation, type Observer, usableSlots } from '../model/observation.ts';
import type { ReclaimMemory, Reclamation } from '../model/reclamation.ts';
import type { ReclaimHistory } from '../reclaim/comeback-history.ts';
import { type ReclaimResult, reclaim, shouldReclaim } from '../reclaim/reclaim.ts';
import type { Recollection } from '../remember/run-memory.ts';
import type { AlertFacts } from '../report/message/compose.ts';
import type { Clock } from '../shared/clock.ts';
import type { Log } from '../shared/log.ts';
import { errorOf } from '../shared/to-error.ts';
import { logCheck } from './check-log.ts';

/** What the checks of one database in one run work with. */
export interface CheckParts {
  readonly database: Database;
  readonly observer: Observer;
  /** Loaded while the first look is under way. Never rejects. */
  readonly recollection: Promise<Recollection>;
  /** Composes, renders and publishes one message. Rejects when it could not be published. */
  readonly tell: (notice: Notice, facts: AlertFacts) => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Told of what the guard itself fails at. */
  readonly onFault: (fault: Error) => void;
}

/** What one check came to. */
export interface CheckResult {
  readonly observation: Observation;
  /** The level held after it. */
  readonly level: Level;
  readonly alertsSent: number;
  /** What reclaim did; null when it was not its turn. */
  readonly reclamation: Reclamation | null;
  /** For the next check of the same run. */
  readonly history: ReclaimHistory;
}

/** One look at one database and all that follows from it: observe, assess, reclaim, report, remember. */
export async function check(parts: CheckParts, history: ReclaimHistory): Promise<CheckResult> {
  const { database, observer, clock, signal } = parts;
  const [observation, recollection] = await Promise.all([observer.look(signal), parts.recollection]);
  const now = clock.now();
  const seen = assess({ observation, database, memory: recollection.memory, now });
  logCheck(parts, observation, seen);

  const pass = await giveSlotsBack(parts, recollection, observation, seen.level, history);
  /** What this check makes of a memory, ours or one that somebody else has stored since. */
  const assessed = (memory: Memory): Assessment => {
    const assessment = assess({ observation, database, memory, now });
    if (pass === null) return assessment;
    const withReclaim = { ...assessment.memory, reclaim: afterPass(pass, memory.reclaim) };
    return { ...assessment, memory: addReclamation(withReclaim, pass.reclamation) };
  };
  const { level, notices, memory } = assessed(recollection.memory);
  const reclamation = pass?.reclamation ?? null;
  const owed = await tellAll(parts, notices, {
    database,
    observation,
    memory,
    reclamation,
    now,
  });

  recollection.change((before) => {
    const after = assessed(before);
    const missed = after.notices.filter((notice) => !notices.some((told) => sameNotice(told, notice)));
    return [...missed, ...owed].reduce(unsent, after.memory);
  });
  // Publish, then mark: a crash between the two repeats a message and loses none.
  if (notices.length > 0 || pass !== null) await recollection.store();
  return {
    observation,
    level,
    alertsSent: notices.length - owed.length,
    reclamation,
    history: pass?.history ?? history,
  };
}

async function giveSlotsBack(
  parts: CheckParts,
  recollection: Recollection,
  observation: Observation,
  level: Level,
  history: ReclaimHistory,
) {
  const { database, observer, clock, log, signal } = parts;
  if (observation.kind !== 'sample' || observer.session === null) return null;
  if (!shouldReclaim(level, database.reclaim)) return null;
  return await reclaim({
    database: database.name,
    session: observer.session,
    clock,
    log,
    signal,
    policy: database.reclaim,
    level,
    lines: linesFor(database, usableSlots(observation.capacity)),
    sample: observation,
    memory: recollection.memory.reclaim,
    history,
    reserve: (reserved) => recollection.claim((memory) => ({ ...memory, reclaim: reserved })),
  });
}

/** A pass that signalled nobody takes nothing from the hour's budget: what others have spent meanwhile stands. */
function afterPass({ memory, reclamation }: ReclaimResult, before: ReclaimMemory): ReclaimMemory {
  const signalled = reclamation.mode === 'terminate' && reclamation.chosen.length > 0;
  return signalled ? memory : { ...memory, spent: before.spent };
}

/** Publishes what is due, in order, and returns what could not be published. */
async function tellAll(
  { database, tell, log, onFault }: CheckParts,
  notices: readonly Notice[],
  facts: AlertFacts,
): Promise<Notice[]> {
  const owed: Notice[] = [];
  for (const notice of notices) {
    const { kind, level, previousLevel, dueSince } = notice;
    const entry = { database: database.name, kind, held: level, before: previousLevel, dueSince };
    try {
      await tell(notice, facts);
      log('INFO', 'alert.sent', entry);
    } catch (error) {
      const fault = errorOf(error);
      log('ERROR', 'alert.failed', { ...entry, error: fault.message });
      onFault(fault);
      owed.push(notice);
    }
  }
  return owed;
}
