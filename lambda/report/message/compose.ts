import type { Database } from '../../config/database.ts';
import { type Holder, holderKey } from '../../model/holders.ts';
import type { LikelyCause } from '../../model/likely-cause.ts';
import type { HolderCounts, Memory, Notification } from '../../model/memory.ts';
import { isOwnLimit, type Limit, type Observation } from '../../model/observation.ts';
import type { RuleScore } from '../../model/prediction.ts';
import type { Reclamation } from '../../model/reclamation.ts';
import type { Alert, AlertHolder } from './alert.ts';
import { budgetTable, overBudgetCause } from './budget-section.ts';
import { trendOf } from './forecast.ts';

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
  /** How the rules of reclaim have done. */
  readonly scores: readonly RuleScore[];
  /** Ms since the epoch. */
  readonly now: number;
}

/** Puts together what a message says. Pure. */
export function composeAlert(notification: Notification, facts: AlertFacts): Alert {
  const { database, observation, memory, now } = facts;
  // The totals of reclaim may have grown since the notification arose.
  const incident =
    memory.incident !== null && memory.incident.id === notification.incident?.id
      ? memory.incident
      : notification.incident;
  const refusal = observation.kind === 'refused' ? observation : null;
  const sample = observation.kind === 'sample' ? observation : null;
  const server = observation.kind === 'sample' || observation.kind === 'partial' ? observation.server : null;
  const snapshot = memory.lastSeen;
  const before = snapshot === null ? undefined : comparedWith(memory.holders, snapshot.at);
  const limit = notification.level === 'full' ? (refusal?.limit ?? incident?.limit ?? null) : null;
  return {
    notification: { ...notification, incident },
    database,
    at: now,
    versionNum: server?.versionNum ?? snapshot?.versionNum ?? null,
    isReplica: server?.isReplica ?? snapshot?.isReplica ?? null,
    role: server?.role ?? snapshot?.role ?? ('iam' in database.login ? database.login.iam.user : null),
    limit,
    refusal,
    failure: observation.kind === 'failed' ? observation : null,
    failures: memory.failing?.count ?? 0,
    blind: observation.kind === 'sample' ? null : observation.kind,
    groups: sample?.groups ?? [],
    snapshot,
    holders: snapshot?.holders.map((holder) => withChange(holder, before)) ?? [],
    changeOver: snapshot === null || before === undefined ? null : (snapshot.at - before.at) / 1000,
    trend: snapshot === null ? null : trendOf(memory.recent),
    reclamation: facts.reclamation,
    scores: facts.scores,
    headBlocker: sample?.headBlocker ?? null,
    causes: causesOf(notification, limit, [
      sample && overBudgetCause(sample, database),
      ...(notification.kind === 'recovered' ? (incident?.causes ?? []) : (snapshot?.causes ?? [])),
    ]),
    mutedAt: memory.answers.muted?.at ?? null,
    budgets: sample === null ? [] : budgetTable(sample, database),
  };
}

/** Where the message is not about the server's slots, a cause would only distract. */
function causesOf(
  { kind }: Notification,
  limit: Limit | null,
  causes: readonly (LikelyCause | null)[],
): readonly LikelyCause[] {
  const isAboutSlots = ['level', 'server-full', 'eased', 'reminder', 'recovered'].includes(kind);
  if (!isAboutSlots || isOwnLimit(limit)) return [];
  return causes.filter((cause) => cause !== null);
}

function comparedWith(counts: readonly HolderCounts[], seenAt: number): HolderCounts | undefined {
  return (
    counts.findLast(({ at }) => at <= seenAt - CHANGE_OVER) ??
    counts.find(({ at }) => at <= seenAt - LEAST_CHANGE_OVER)
  );
}

function withChange(holder: Holder, before: HolderCounts | undefined): AlertHolder {
  if (before === undefined) return { ...holder, change: null };
  const then = before.counts[holderKey(holder)] ?? (before.complete ? 0 : null);
  return { ...holder, change: then === null ? null : holder.count - then };
}
