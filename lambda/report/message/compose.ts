import type { Database } from '../../config/database.ts';
import { type Holder, holderKey } from '../../model/holders.ts';
import type { HolderCounts, Memory, Notice } from '../../model/memory.ts';
import { type Observation, usableSlots } from '../../model/observation.ts';
import type { Reclamation } from '../../model/reclamation.ts';
import type { Sight } from '../../model/snapshot.ts';
import type { Alert, AlertHolder, AlertSlots, Situation } from './alert.ts';
import { unseen } from './blind-spots.ts';
import { trendOf } from './forecast.ts';
import { actionsFor } from './next-steps.ts';
import { headline, ruleOf, wordOf } from './subject.ts';

/** "Change over ten minutes": the youngest snapshot at least this old is compared with; else the oldest. Ms. */
const CHANGE_OVER = 10 * 60_000;

/** A change over less than this says nothing. Ms. */
const LEAST_CHANGE_OVER = 30_000;

/** All that a message is made of. */
export interface AlertFacts {
  readonly database: Database;
  readonly observation: Observation;
  /** The memory after this check, reclaim included. */
  readonly memory: Memory;
  /** What reclaim did in this check; null when it did not act. */
  readonly reclamation: Reclamation | null;
  /** Ms since the epoch. */
  readonly now: number;
}

/** Puts together what a message says. Pure. */
export function composeAlert(notice: Notice, facts: AlertFacts): Alert {
  const { database, observation, memory, now } = facts;
  const slots = memory.lastSeen === null ? null : slotsOf(memory.lastSeen, memory.holders);
  // The totals of reclaim may have grown since the notice arose.
  const incident =
    memory.incident !== null && memory.incident.id === notice.incident?.id
      ? memory.incident
      : notice.incident;
  const current: Notice = { ...notice, incident };
  const wall = observation.kind === 'refused' ? observation.wall : null;
  const sample = observation.kind === 'sample' ? observation : null;
  const server = observation.kind === 'sample' || observation.kind === 'partial' ? observation.server : null;
  const versionNum = server?.versionNum ?? memory.lastSeen?.versionNum ?? null;
  const situation: Situation = {
    notice: current,
    database,
    wall: notice.level === 'full' ? (wall ?? incident?.wall ?? null) : null,
    failure: observation.kind === 'failed' ? observation : null,
    slots,
    groups: sample?.groups ?? [],
    versionNum,
    role: server?.role ?? memory.lastSeen?.role ?? ('iam' in database.login ? database.login.iam.user : null),
  };
  return {
    notice: current,
    database: database.name,
    endpoint: `${database.host}:${database.port}`,
    at: now,
    server: versionNum === null ? null : serverWords(versionNum, server ?? memory.lastSeen),
    word: wordOf(current),
    headline: headline(situation, now),
    rule: ruleOf(situation),
    slots,
    trend: slots === null ? null : trendOf(memory.recent),
    refusal: observation.kind === 'refused' ? observation : null,
    failure: situation.failure,
    failures: memory.failing?.count ?? 0,
    reclamation: facts.reclamation,
    reclaimMode: database.reclaim.mode,
    hints: saysCause(situation) ? (memory.lastSeen?.hints ?? []) : [],
    actions: actionsFor(situation),
    unseen: unseen(situation, observation, now),
  };
}

/** Where it is over, or not about the server's slots, a cause would only distract. */
function saysCause({ notice, wall }: Situation): boolean {
  const isAboutSlots = ['level', 'wall', 'eased', 'reminder'].includes(notice.kind);
  return isAboutSlots && wall !== 'role-limit' && wall !== 'database-limit';
}

function serverWords(versionNum: number, seen: { readonly isReplica: boolean } | null): string {
  const version = `PostgreSQL ${Math.floor(versionNum / 10_000)}.${versionNum % 10_000}`;
  return seen === null ? version : `${version}, ${seen.isReplica ? 'reader' : 'writer'}`;
}

function slotsOf(seen: Sight, snapshots: readonly HolderCounts[]): AlertSlots {
  const usable = usableSlots(seen.capacity);
  const before =
    snapshots.findLast(({ at }) => at <= seen.at - CHANGE_OVER) ??
    snapshots.find(({ at }) => at <= seen.at - LEAST_CHANGE_OVER);
  return {
    capacity: seen.capacity,
    usable,
    used: seen.used,
    left: Math.max(0, usable - seen.used),
    seenAt: seen.at,
    states: seen.states,
    holders: seen.holders.map((holder) => withChange(holder, before)),
    holderCount: seen.holderCount,
    changeOver: before === undefined ? null : (seen.at - before.at) / 1000,
  };
}

function withChange(holder: Holder, before: HolderCounts | undefined): AlertHolder {
  if (before === undefined) return { ...holder, change: null };
  const then = before.counts[holderKey(holder)] ?? (before.complete ? 0 : null);
  return { ...holder, change: then === null ? null : holder.count - then };
}
