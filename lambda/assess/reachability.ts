import type { Database } from '../config/database.ts';
import type { Memory, Notice } from '../model/memory.ts';
import type { Failure, Observation } from '../model/observation.ts';
import { threadId } from './incident.ts';

/** Failed checks in a row after which people are told: one alone is often a blip of the network. */
const FAILURES_BEFORE_NOTICE = 2;

/** Nothing is known of the slots any more, so nothing counts as having stayed clear. */
const NOT_CLEAR = { warning: null, critical: null, full: null };

/** Follows whether we can look at the database at all, and see everyone's sessions. The level stays as it was. */
export function stepReach(
  memory: Memory,
  observation: Observation,
  database: Database,
  now: number,
): { memory: Memory; notices: readonly Notice[] } {
  if (observation.kind === 'failed') return failed(memory, observation, database, now);
  const reachable = reached(memory, now);
  const visible = stepVisibility({ ...memory, failing: null }, observation, database, now);
  return {
    memory: visible.memory,
    notices: [reachable, visible.notice].filter((notice) => notice !== null),
  };
}

function failed(memory: Memory, failure: Failure, database: Database, now: number) {
  const before = memory.failing;
  const row = {
    threadId: before?.threadId ?? threadId(database.name, 'reach', failure.at),
    since: before?.since ?? failure.at,
    count: (before?.count ?? 0) + 1,
    class: failure.class,
    notifiedAt: before?.notifiedAt ?? null,
  };
  const first = row.notifiedAt === null;
  const due = first
    ? row.count >= FAILURES_BEFORE_NOTICE
    : now - (row.notifiedAt ?? now) >= database.alerts.remindAfter.warning * 1000;
  const next: Memory = {
    ...memory,
    failing: due ? { ...row, notifiedAt: now } : row,
    clearSince: row.count >= FAILURES_BEFORE_NOTICE ? NOT_CLEAR : memory.clearSince,
  };
  if (!due) return { memory: next, notices: [] };
  const kind = first ? 'unreachable' : 'still-unreachable';
  return { memory: next, notices: [noticeOf(kind, next, now, row.since, row.threadId)] };
}

function reached(memory: Memory, now: number): Notice | null {
  if (memory.failing === null || memory.failing.notifiedAt === null) return null;
  return noticeOf('reachable', memory, now, memory.failing.since, memory.failing.threadId);
}

function stepVisibility(memory: Memory, observation: Observation, database: Database, now: number) {
  // A refusal says nothing of what a login would have shown.
  if (observation.kind === 'refused') return { memory, notice: null };
  if (observation.kind === 'sample') return { memory: { ...memory, partialSince: null }, notice: null };
  const next = { ...memory, partialSince: memory.partialSince ?? now, clearSince: NOT_CLEAR };
  if (memory.partialSince !== null) return { memory: next, notice: null };
  const thread = threadId(database.name, 'visibility', now);
  return { memory: next, notice: noticeOf('partial', next, now, now, thread) };
}

function noticeOf(kind: Notice['kind'], memory: Memory, at: number, since: number, thread: string): Notice {
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
