import type { ReclaimPolicy } from '../config/reclaim-policy.ts';
import { atLeast, type Level } from '../model/level.ts';
import type { Pool } from '../model/pool.ts';
import type { ReasonLeftAlone, Reclamation } from '../model/reclamation.ts';
import { type AllowedAges, allowedAges, type LevelThresholds } from './allowed-idle-age.ts';
import { type Candidacy, type Candidate, type Chosen, candidatesOf, isStale } from './candidates.ts';
import { culprits, hardlyAnyLeft, poolKey } from './culprits.ts';
import { heldBack } from './earned.ts';
import type { SessionRow } from './list-sessions.ts';
import { isIdle } from './protection.ts';

/** All that the choice depends on. */
export interface Choosing extends Candidacy {
  readonly level: Level;
  /** The count of used slots under which it stops. */
  readonly until: number;
  /** What `maxPerHour` leaves. */
  readonly hourBudget: number;
  /** Sessions that were opened since the last sample: at most so many may be ended, even beyond `maxPerCheck`. */
  readonly arrived: number;
  readonly paused: readonly Pool[];
}

/** Which sessions are to be ended, in order, and why the other idle sessions are not. */
export interface Choice {
  readonly chosen: readonly Chosen[];
  readonly leftAlone: readonly { readonly row: SessionRow; readonly reason: ReasonLeftAlone }[];
  readonly candidates: number;
  readonly allowed: AllowedAges;
  readonly longestIdle: number | null;
  readonly limitedBy: Reclamation['limitedBy'];
  /** The pools that are opening sessions now. */
  readonly culprits: readonly Pool[];
  /** False: the sessions at work hold the level by themselves, so only rules that have earned it act. */
  readonly idleIsCause: boolean;
}

/** Where ages and rules would leave more than this share of the slots used, the server fills up without a trial. */
const TIGHT = 0.75;

/**
 * Chooses the sessions to end, after the protected ones are set aside.
 *
 * Sessions of the pools that are opening sessions now come first, those of other pools only while hardly a slot is left.
 * Within each, sessions of which a rule that has earned it says that no client comes back come before all others: the
 * least measured error first, of equals those of applications over their budget, then the longest idle, down to `until`. No age and no pause holds them back; a few are
 * held back as the control. Once most of the slots up to where the policy acts are
 * back, these are left alone.
 *
 * The ages of the policy are for what no rule knows, and act only where the rules do not suffice: used once and never again first, then the longest idle, then those
 * idle in a transaction (only if the policy names an age for them). One after the other is chosen only as long as it is
 * stale *with the slots that those before it give back*: every slot regained makes the allowed age rise again (see
 * `allowedAges`). Where a rule has found that such sessions do come back, the ages do not fall at all.
 *
 * A session that came back is left alone for its patience, whatever the pressure.
 */
export function choose(input: Choosing): Choice {
  const { rows, policy, level, thresholds, until, hourBudget, arrived, paused } = input;
  const opening = culprits(rows);
  const { candidates, leftAlone } = candidatesOf(input, opening);
  const chosen: Candidate[] = [];
  const perApplication = countBy(rows, applicationKey);
  const mostPerCheck = Math.max(policy.maxPerCheck, arrived);
  const limit = Math.min(mostPerCheck, hourBudget);
  const toFull = secondsToFull(rows, thresholds.full.enter);
  const allowed = allowedAges(rows.length, policy, level, thresholds, toFull);
  const lowest = { usedOnce: policy.idleForAtFull, other: policy.idleForAtFull };
  const acting = actsFrom(policy, thresholds);
  const idleIsCause = policy.at === 'always' || rows.filter((row) => !isIdle(row)).length < acting;
  // The level is held for a while after the slots have come back: nothing presses for sessions that young any more.
  const isEased = rows.length < (until + acting) / 2;
  /** A trial is for when neither rules that have earned it nor the lowest ages would leave slots enough. */
  const isTight = () => {
    const used = rows.length - chosen.length;
    return atLeast(level, 'critical') && used - willBeStale >= TIGHT * thresholds.full.enter;
  };
  const earned = candidates.filter(({ prediction, isTrial }) => prediction !== null && !isTrial);
  const control = heldBack(
    earned.map(({ row }) => row),
    thresholds.full.enter,
  );
  const ruled = earned.filter(({ row, isCulprit }) => isCulprit && !control.has(row)).length;
  /** Rules that have earned it can take the level back by themselves: no age has to guess. */
  const rulesSuffice = ruled > 0 && rows.length - ruled < acting;
  const isPaused = (row: SessionRow, used: number) =>
    !hardlyAnyLeft(used, thresholds.full.enter) && paused.some((pool) => poolKey(pool) === poolKey(row));
  let limited = false;
  let stale = 0;
  /** Sessions that stay for now, and go by age when the server fills up. */
  let willBeStale = 0;

  /** Why the session stays although it is idle; null when it is to be ended. */
  const reasonToLeave = (candidate: Candidate): ReasonLeftAlone | null => {
    const { row, kind, patience, prediction, isCulprit, isTrial } = candidate;
    const used = rows.length - chosen.length;
    if (control.has(row)) return 'control';
    if (isTrial && !(isCulprit && isTight())) return 'comes-back';
    if (prediction === null) {
      if (!isStale(candidate, allowed, policy)) return 'too-young';
      if (kind === 'comes-back' && row.idleFor <= patience) return 'comes-back';
    }
    stale += 1;
    if (!isCulprit && policy.at !== 'always' && !hardlyAnyLeft(used, thresholds.full.enter))
      return 'other-pool';
    if (prediction === null) {
      if (!idleIsCause) return 'not-the-cause';
      if (rulesSuffice) return 'enough';
      if (isPaused(row, used)) return 'pool-refills';
      if (!isStale(candidate, allowedAges(used, policy, level, thresholds, toFull), policy)) return 'enough';
    }
    if (used < until || (prediction !== null && isEased)) return 'enough';
    const remaining = perApplication.get(applicationKey(row)) ?? 0;
    if (remaining <= policy.keepPerApplication) return 'keep-per-application';
    if (chosen.length < limit) return null;
    limited = true;
    return 'limit';
  };

  for (const candidate of candidates) {
    const reason = reasonToLeave(candidate);
    const { row } = candidate;
    if (reason !== null) {
      leftAlone.push({ row, reason });
      if (candidate.prediction === null && isStale(candidate, lowest, policy)) willBeStale += 1;
    } else {
      chosen.push(candidate);
      perApplication.set(applicationKey(row), (perApplication.get(applicationKey(row)) ?? 0) - 1);
    }
  }

  const ages = candidates.map(({ row }) => row.idleFor);
  return {
    chosen,
    leftAlone,
    candidates: stale,
    allowed,
    longestIdle: ages.length > 0 ? ages.reduce((a, b) => Math.max(a, b)) : null,
    limitedBy: limited ? (hourBudget < mostPerCheck ? 'maxPerHour' : 'maxPerCheck') : null,
    culprits: [...opening].flatMap((key) => rows.find((row) => poolKey(row) === key) ?? []),
    idleIsCause,
  };
}

/** The pace at which sessions are opened is that of so many seconds. */
const PACE_OVER = 5;

/**
 * Seconds until no slot is left if sessions go on being opened as fast as those that are still there; none while hardly any
 * is left, because refused logins open none.
 */
function secondsToFull(rows: readonly SessionRow[], full: number): number {
  if (hardlyAnyLeft(rows.length, full)) return 0;
  const opened = rows.filter(({ startedFor }) => startedFor < PACE_OVER).length;
  return opened === 0 ? Number.POSITIVE_INFINITY : ((full - rows.length) * PACE_OVER) / opened;
}

/** Used slots from which the policy acts. */
function actsFrom({ at }: ReclaimPolicy, thresholds: LevelThresholds): number {
  return at === 'always' ? 0 : thresholds[at].enter;
}

const applicationKey = (row: SessionRow) => JSON.stringify([row.role, row.application]);

/** How many rows have each key. */
function countBy(rows: readonly SessionRow[], key: (row: SessionRow) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const row of rows) counts.set(key(row), (counts.get(key(row)) ?? 0) + 1);
  return counts;
}
