import { atLeast, type Level } from '../model/level.ts';
import type { Incident, Memory, Notification } from '../model/memory.ts';
import type { Refusal } from '../model/observation.ts';
import type { Outcome, Reclamation } from '../model/reclamation.ts';
import type { AssessInput } from './assess-input.ts';
import { isServerFull } from './levels.ts';

/** Levels of one incident that are remembered by name: more are a flapping server. */
const MOST_ENTERED = 8;

/** A readable name for a thread of messages, of characters that any chat accepts. `at` in ms since the epoch. */
export function threadId(
  database: string,
  about:
    | 'slots'
    | 'reachability'
    | 'visibility'
    | 'terminate'
    | `reclaim-${'paused' | 'limit'}`
    | 'answers'
    | 'budgets'
    | `budget-${string}`,
  at: number,
): string {
  const instant = new Date(at).toISOString().replace(/[-:.]/g, '');
  return `${`${database}-${about}`.replace(/[^A-Za-z0-9]+/g, '-')}-${instant}`;
}

/** A notification without figures of its own, about the level as it is. Times in ms since the epoch. */
export function noticeOf(
  kind: Notification['kind'],
  memory: Memory,
  at: number,
  since: number,
  thread: string,
): Notification {
  return {
    kind,
    level: memory.level,
    previousLevel: memory.level,
    previousSince: memory.since,
    at,
    since,
    threadId: thread,
    incident: memory.incident,
    dueSince: null,
  };
}

export function incidentAfter(memory: Memory, level: Level, input: AssessInput): Incident | null {
  const { observation, database, now } = input;
  if (memory.incident === null && level === 'ok') return null;
  const before = memory.incident ?? begin(database.name, now);
  const refusal: Refusal | null = observation.kind === 'refused' ? observation : null;
  const peak = memory.recent.at(-1);
  const higher = observation.kind === 'sample' && peak && peak.used > (before.peak?.used ?? -1);
  return {
    ...before,
    worst: atLeast(level, before.worst) ? level : before.worst,
    peak: higher ? peak : before.peak,
    causes: higher && memory.lastSeen !== null ? memory.lastSeen.causes : before.causes,
    entered:
      before.entered.at(-1)?.level === level
        ? before.entered
        : [...before.entered, { level, at: now }].slice(-MOST_ENTERED),
    refused: before.refused + (refusal ? 1 : 0),
    limit: refusal ? refusal.limit : isServerFull(observation, database) ? null : before.limit,
  };
}

function begin(database: string, now: number): Incident {
  return {
    id: threadId(database, 'slots', now),
    startedAt: now,
    worst: 'ok',
    peak: null,
    refused: 0,
    limit: null,
    ended: 0,
    signalled: 0,
    wouldEnd: 0,
    entered: [],
    causes: [],
  };
}

/** Adds what a pass of reclaim did to the incident it belongs to. */
export function addReclamation(memory: Memory, { chosen }: Reclamation): Memory {
  if (memory.incident === null) return memory;
  const withOutcome = (outcome: Outcome) => chosen.filter((session) => session.outcome === outcome).length;
  const incident = {
    ...memory.incident,
    ended: memory.incident.ended + withOutcome('ended'),
    signalled: memory.incident.signalled + withOutcome('signalled'),
    wouldEnd: memory.incident.wouldEnd + withOutcome('would-end'),
  };
  return { ...memory, incident };
}
