import type { Database } from '../../config/database.ts';
import { type Holder, holderKey } from '../../model/holders.ts';
import type { HolderCounts, Memory, Notification } from '../../model/memory.ts';
import { type Observation, usableSlots } from '../../model/observation.ts';
import type { Reclamation } from '../../model/reclamation.ts';
import type { LikelyCause, Snapshot } from '../../model/snapshot.ts';
import type { Alert, AlertHolder, AlertSlots, Situation } from './alert.ts';
import { blindSpots } from './blind-spots.ts';
import { budgetTable, overBudgetCause } from './budget-section.ts';
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
export function composeAlert(notification: Notification, facts: AlertFacts): Alert {
  const { database, observation, memory, now } = facts;
  const slots = memory.lastSeen === null ? null : slotsOf(memory.lastSeen, memory.holders);
  // The totals of reclaim may have grown since the notification arose.
  const incident =
    memory.incident !== null && memory.incident.id === notification.incident?.id
      ? memory.incident
      : notification.incident;
  const current: Notification = { ...notification, incident };
  const limit = observation.kind === 'refused' ? observation.limit : null;
  const sample = observation.kind === 'sample' ? observation : null;
  const server = observation.kind === 'sample' || observation.kind === 'partial' ? observation.server : null;
  const versionNum = server?.versionNum ?? memory.lastSeen?.versionNum ?? null;
  const situation: Situation = {
    notification: current,
    database,
    limit: notification.level === 'full' ? (limit ?? incident?.limit ?? null) : null,
    failure: observation.kind === 'failed' ? observation : null,
    slots,
    groups: sample?.groups ?? [],
    versionNum,
    role: server?.role ?? memory.lastSeen?.role ?? ('iam' in database.login ? database.login.iam.user : null),
  };
  return {
    notification: current,
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
    causes: saysCause(situation)
      ? [sample && overBudgetCause(sample, database), ...(memory.lastSeen?.causes ?? [])].filter(isCause)
      : [],
    budgets: sample === null ? [] : budgetTable(sample, database),
    actions: actionsFor(situation),
    blindSpots: blindSpots(situation, observation, now),
  };
}

const isCause = (cause: LikelyCause | null): cause is LikelyCause => cause !== null;

/** Where it is over, or not about the server's slots, a cause would only distract. */
function saysCause({ notification, limit }: Situation): boolean {
  const isAboutSlots = ['level', 'server-full', 'eased', 'reminder'].includes(notification.kind);
  return isAboutSlots && limit !== 'role-limit' && limit !== 'database-limit';
}

function serverWords(versionNum: number, seen: { readonly isReplica: boolean } | null): string {
  const version = `PostgreSQL ${Math.floor(versionNum / 10_000)}.${versionNum % 10_000}`;
  return seen === null ? version : `${version}, ${seen.isReplica ? 'reader' : 'writer'}`;
}

function slotsOf(seen: Snapshot, snapshots: readonly HolderCounts[]): AlertSlots {
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
