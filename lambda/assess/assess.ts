import type { Database } from '../config/database.ts';
import { atLeast, type Level } from '../model/level.ts';
import type { Memory, Notice } from '../model/memory.ts';
import type { Observation, Sample } from '../model/observation.ts';
import { incidentAfter } from './incident.ts';
import { isOwnLimit, isServerFull, observedLevel, type Reading, readingOf, stepLevel } from './levels.ts';
import { stepReach } from './reachability.ts';
import { remember, rememberHolders, sightOf, startsAnew } from './recent-samples.ts';
import { settle } from './undelivered.ts';

/** What a check comes to. */
export interface Assessment {
  /** The level held, with memory: what messages, and how often we look, go by. */
  readonly level: Level;
  /** The level that this observation shows by itself; null when it shows none (failed, partial). */
  readonly observed: Level | null;
  /** The memory to store when every notice has been published; see `unsent` for those that could not be. */
  readonly memory: Memory;
  /** What people should be told now, in this order. */
  readonly notices: readonly Notice[];
}

/** All that an assessment depends on. */
export interface AssessInput {
  readonly observation: Observation;
  readonly database: Database;
  readonly memory: Memory;
  /** Ms since the epoch. */
  readonly now: number;
}

/** Judges one observation against the policy and what is remembered of earlier checks. Pure. */
export function assess(input: AssessInput): Assessment {
  const { observation, database, now } = input;
  const reach = stepReach(input.memory, observation, database, now);
  const seen = observation.kind === 'sample' ? remembered(reach.memory, observation) : reach.memory;
  const reading = readingOf(observation, database);
  const levels = reading === null ? { memory: seen, notice: null } : stepLevels(seen, reading, input);
  // Told in one breath with the level, they must name the one held now.
  const { level, incident } = levels.memory;
  const reachNotices = reach.notices.map((notice) => ({ ...notice, level, incident }));
  const { memory, notices } = settle(levels.memory, [levels.notice, ...reachNotices], now);
  return {
    level,
    observed: reading === null ? null : observedLevel(reading),
    memory: { ...memory, at: now },
    notices,
  };
}

function remembered(memory: Memory, sample: Sample): Memory {
  const anew = startsAnew(memory, sample);
  return {
    ...memory,
    recent: remember(anew ? [] : memory.recent, sample),
    holders: rememberHolders(anew ? [] : memory.holders, sample),
    lastSeen: sightOf(sample),
  };
}

function stepLevels(memory: Memory, reading: Reading, input: AssessInput) {
  const { observation, database, now } = input;
  const { level, clearSince } = stepLevel(
    memory.level,
    memory.clearSince,
    reading,
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
  if (kind === null || incident === null) return { memory: next, notice: null };
  const notice: Notice = {
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
  return { memory: next, notice };
}

function kindOf(
  memory: Memory,
  level: Level,
  observation: Observation,
  database: Database,
  now: number,
): Notice['kind'] | null {
  if (level === 'ok') return memory.level === 'ok' ? null : 'recovered';
  if (level !== memory.level) return atLeast(level, memory.level) ? 'level' : 'eased';
  if (level === 'full' && isOwnLimit(memory.incident?.wall ?? null) && isServerFull(observation, database)) {
    return 'wall';
  }
  const { remindAfter } = database.alerts;
  const pause = level === 'warning' ? remindAfter.warning : remindAfter.critical;
  return now - (memory.notifiedAt ?? memory.since) >= pause * 1000 ? 'reminder' : null;
}
