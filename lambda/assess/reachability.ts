import type { Database } from '../config/database.ts';
import type { Memory, Notification } from '../model/memory.ts';
import type { Failure, Observation } from '../model/observation.ts';
import { noticeOf, threadId } from './incident.ts';

/** Failed checks in a row, over so many ms, after which people are told: less is often a blip of the network. */
const FAILURES_BEFORE_NOTICE = 2;
const FAILING_BEFORE_NOTICE = 25_000;

/** Nothing is known of the slots any more, so nothing counts as having stayed clear. */
const NOT_CLEAR = { warning: null, critical: null, full: null };

/**
 * Follows whether the database can be reached at all, and the sessions of other roles be seen and, where reclaim is to,
 * terminated. The level stays as it was.
 */
export function stepReachability(
  memory: Memory,
  observation: Observation,
  database: Database,
  now: number,
): { memory: Memory; notifications: readonly Notification[] } {
  if (observation.kind === 'failed') return failed(memory, observation, database, now);
  const reachable = reached(memory, now);
  const visible = stepVisibility({ ...memory, failing: null }, observation, database, now);
  const right = stepRight(visible.memory, observation, database, now);
  return {
    memory: right.memory,
    notifications: [reachable, visible.notification, right.notification].filter(
      (notification) => notification !== null,
    ),
  };
}

function failed(memory: Memory, failure: Failure, database: Database, now: number) {
  const before = memory.failing;
  const row = {
    threadId: before?.threadId ?? threadId(database.name, 'reachability', failure.at),
    since: before?.since ?? failure.at,
    count: (before?.count ?? 0) + 1,
    class: failure.class,
    notifiedAt: before?.notifiedAt ?? null,
  };
  const first = row.notifiedAt === null;
  const due = first
    ? row.count >= FAILURES_BEFORE_NOTICE && failure.at - row.since >= FAILING_BEFORE_NOTICE
    : now - (row.notifiedAt ?? now) >= database.alerts.remindAfter.warning * 1000;
  const next: Memory = {
    ...memory,
    failing: due ? { ...row, notifiedAt: now } : row,
    clearSince: row.count >= FAILURES_BEFORE_NOTICE ? NOT_CLEAR : memory.clearSince,
  };
  if (!due) return { memory: next, notifications: [] };
  const kind = first ? 'unreachable' : 'still-unreachable';
  return { memory: next, notifications: [noticeOf(kind, next, now, row.since, row.threadId)] };
}

function reached(memory: Memory, now: number): Notification | null {
  if (memory.failing === null || memory.failing.notifiedAt === null) return null;
  return noticeOf('reachable', memory, now, memory.failing.since, memory.failing.threadId);
}

function stepVisibility(memory: Memory, observation: Observation, database: Database, now: number) {
  // A refusal says nothing of what a login would have shown.
  if (observation.kind === 'refused') return { memory, notification: null };
  if (observation.kind === 'sample') return { memory: { ...memory, partialSince: null }, notification: null };
  const next = { ...memory, partialSince: memory.partialSince ?? now, clearSince: NOT_CLEAR };
  if (memory.partialSince !== null) return { memory: next, notification: null };
  const thread = threadId(database.name, 'visibility', now);
  return { memory: next, notification: noticeOf('partial', next, now, now, thread) };
}

/** Said at the first sample, at whatever level: at critical it would be too late for a GRANT. */
function stepRight(memory: Memory, observation: Observation, { name, reclaim }: Database, now: number) {
  if (observation.kind !== 'sample') return { memory, notification: null };
  const cannotTerminate = reclaim.mode === 'terminate' && !observation.server.canSignal;
  const next = { ...memory, cannotTerminate };
  if (!cannotTerminate || memory.cannotTerminate) return { memory: next, notification: null };
  const thread = threadId(name, 'terminate', now);
  return { memory: next, notification: noticeOf('cannot-terminate', next, now, now, thread) };
}
