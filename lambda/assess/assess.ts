import type { Database } from '../config/database.ts';
import { atLeast, type Level } from '../model/level.ts';
import type { Memory, Notification } from '../model/memory.ts';
import { isOwnLimit, type Observation, type Sample } from '../model/observation.ts';
import { isAcknowledged } from './answered.ts';
import type { AssessInput } from './assess-input.ts';
import { stepBudgets } from './budgets.ts';
import { incidentAfter } from './incident.ts';
import { isServerFull, observedLevel, type SlotCount, slotCountOf, stepLevel } from './levels.ts';
import { learn } from './predictions/scores.ts';
import { stepReachability } from './reachability.ts';
import { remember, rememberHolders, snapshotOf, startsAnew } from './recent-samples.ts';
import { stepReclaim } from './reclaim-news.ts';
import { enqueue } from './undelivered.ts';

/** What a check comes to. */
export interface Assessment {
  /** The level held, with memory: what messages, and how often the guard samples, go by. */
  readonly level: Level;
  /** The level that this observation shows by itself; null when it shows none (failed, partial). */
  readonly observed: Level | null;
  /** The memory to store; the notifications wait in it to be published. */
  readonly memory: Memory;
  /** What people should be told because of this observation, in this order. */
  readonly notifications: readonly Notification[];
}

/** Judges one observation against the policy and what is remembered of earlier checks. Pure. */
export function assess(input: AssessInput): Assessment {
  const { observation, database, lesson = null, history, now } = input;
  const reach = stepReachability(input.memory, observation, database, now);
  const seen = observation.kind === 'sample' ? remembered(reach.memory, observation, history) : reach.memory;
  const count = slotCountOf(observation, database);
  const levels = count === null ? { memory: seen, notification: null } : stepLevels(seen, count, input);
  // Told in one breath with the level, they must name the one held now.
  const { level, incident } = levels.memory;
  const budgets =
    observation.kind === 'sample'
      ? stepBudgets(levels.memory, observation, database, now)
      : { memory: levels.memory, notifications: [] };
  const reclaim = stepReclaim(budgets.memory, database, now);
  const fresh = [
    ...(levels.notification === null ? [] : [levels.notification]),
    ...reach.notifications.map((notification) => ({ ...notification, level, incident })),
    ...budgets.notifications,
    ...reclaim.notifications,
  ].filter((notification) => !isAcknowledged(input.memory, notification));
  const { memory, notifications } = enqueue(reclaim.memory, fresh, now);
  return {
    level,
    observed: count === null ? null : observedLevel(count),
    memory: { ...memory, at: now, learned: lesson === null ? memory.learned : learn(memory.learned, lesson) },
    notifications,
  };
}

function remembered(memory: Memory, sample: Sample, history: AssessInput['history']): Memory {
  const anew = startsAnew(memory, sample);
  return {
    ...memory,
    recent: remember(anew ? [] : memory.recent, sample),
    holders: rememberHolders(anew ? [] : memory.holders, sample),
    lastSeen: snapshotOf(sample, history, memory.lastSeen),
  };
}

function stepLevels(memory: Memory, count: SlotCount, input: AssessInput) {
  const { observation, database, now } = input;
  const { level, clearSince } = stepLevel(
    memory.level,
    memory.clearSince,
    count,
    now,
    database.alerts.clearAfter,
  );
  const changed = level !== memory.level;
  const incident = incidentAfter(memory, level, input);
  const since = changed ? now : memory.since;
  const next: Memory = {
    ...memory,
    level,
    since,
    clearSince,
    incident: level === 'ok' ? null : incident,
  };
  const kind = kindOf(memory, level, observation, database, now);
  if (kind === null || incident === null) return { memory: next, notification: null };
  const notification: Notification = {
    kind,
    level,
    previousLevel: memory.level,
    previousSince: memory.since,
    at: now,
    since,
    threadId: incident.id,
    incident,
    dueSince: null,
  };
  return { memory: next, notification };
}

function kindOf(
  memory: Memory,
  level: Level,
  observation: Observation,
  database: Database,
  now: number,
): Notification['kind'] | null {
  if (level === 'ok') return memory.level === 'ok' ? null : 'recovered';
  if (level !== memory.level) return atLeast(level, memory.level) ? 'level' : 'eased';
  if (level === 'full' && isOwnLimit(memory.incident?.limit ?? null) && isServerFull(observation, database)) {
    return 'server-full';
  }
  const { remindAfter } = database.alerts;
  const pause = level === 'warning' ? remindAfter.warning : remindAfter.critical;
  return now - (memory.notifiedAt ?? memory.since) >= pause * 1000 ? 'reminder' : null;
}
