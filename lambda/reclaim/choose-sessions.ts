import type { ReclaimPolicy } from '../config/reclaim-policy.ts';
import { inAny, inEvery } from '../config/session-filter.ts';
import type { Level } from '../model/level.ts';
import type { Pool, ReasonLeftAlone, Reclamation } from '../model/reclamation.ts';
import { type AllowedAges, allowedAges, type LevelThresholds } from './allowed-idle-age.ts';
import { comebackGap, type ReclaimHistory } from './comeback-history.ts';
import type { SessionRow } from './list-sessions.ts';
import { inPool } from './refilling-pools.ts';

/** All that the choice depends on. */
export interface Choosing {
  readonly rows: readonly SessionRow[];
  readonly policy: ReclaimPolicy;
  readonly level: Level;
  readonly thresholds: LevelThresholds;
  /** The count of used slots under which it stops. */
  readonly until: number;
  /** What `maxPerHour` leaves. */
  readonly hourBudget: number;
  /** The samples of this run, the one at `rows` included. */
  readonly history: ReclaimHistory;
  readonly paused: readonly Pool[];
}

/** Which sessions are to be ended, in order, and why the other idle sessions are not. */
export interface Choice {
  readonly chosen: readonly SessionRow[];
  readonly leftAlone: readonly { readonly row: SessionRow; readonly reason: ReasonLeftAlone }[];
  readonly candidates: number;
  readonly allowed: AllowedAges;
  readonly longestIdle: number | null;
  readonly limitedBy: Reclamation['limitedBy'];
}

/**
 * A session whose last use ended within so many seconds of its opening was used once: by one request, however slow.
 * Anything that works in a rhythm longer than this shows at its second use that it is not; shorter, and it is never
 * idle for long enough to be stale.
 */
const USED_ONCE_WITHIN = 5;

/** A session that comes back is given so many times its longest gap before it counts as left. */
const PATIENCE = 2;

type Kind = 'used-once' | 'other' | 'in-transaction' | 'comes-back';

/** First sessions that show no sign of coming back, last those that have just come back; a transaction's work is dear too. */
const ORDER: readonly Kind[] = ['used-once', 'other', 'in-transaction', 'comes-back'];

interface Candidate {
  readonly row: SessionRow;
  readonly kind: Kind;
  readonly gap: number;
}

/**
 * Chooses the sessions to end.
 *
 * Protected sessions are set aside first. The others are taken in order: used once and never again, then the longest
 * idle, then those idle in a transaction (only if the policy names an age for them), and last those that came back to
 * life in this run. Within a kind the longest idle goes first.
 *
 * One after the other is chosen only as long as it is stale *with the slots that those before it give back*: every slot
 * regained makes the allowed age rise again (see `allowedAges`). So a tight server does not lose every session over 15
 * seconds at once, it loses as many as bring it back to where that age is no longer needed.
 *
 * Why this spares the background task among leaked sessions. Take a site where open tabs use their session every 2 to 3
 * seconds, a task uses its own every 30 seconds, and every finished request leaves one behind. The tabs are never idle
 * for long enough. The task has come back long after it was opened (`state_change` - `backend_start` is 30 s and more),
 * so it is not used once: it has `idleFor` (330 s falling to 15), and before its turn every leaked session that
 * is stale has gone, which raises its allowed age far above 30 s. If this run has seen it come back, it must also miss
 * twice its own gap. What cannot be told apart is a task in its *first* gap: it too was used once. It is spared by the
 * age: sessions used once have `usedOnceFor` (50 s) when the acting level begins, and the line settles where as many
 * leaks grow stale as are made, so they are ended at about 40 s on a server that one leaked session a second would fill within a minute.
 * A task with a first gap longer than that, or a leak so fast that slots truly run out, is where this ends.
 */
export function choose(input: Choosing): Choice {
  const { rows, policy, level, thresholds, until, hourBudget, paused } = input;
  const set = sort(input);
  const leftAlone = [...set.leftAlone];
  const chosen: SessionRow[] = [];
  const perApplication = countBy(rows, applicationKey);
  const limit = Math.min(policy.maxPerCheck, hourBudget);
  const allowed = allowedAges(rows.length, policy, level, thresholds);
  const stale = ({ row, kind }: Candidate, ages: AllowedAges) => row.idleFor > ageOf(kind, ages, policy);
  let limited = false;

  for (const candidate of set.candidates) {
    const { row, kind, gap } = candidate;
    const used = rows.length - chosen.length;
    const left = (reason: ReasonLeftAlone) => leftAlone.push({ row, reason });
    const remaining = perApplication.get(applicationKey(row)) ?? 0;
    if (!stale(candidate, allowed)) left('too-young');
    else if (kind === 'comes-back' && row.idleFor <= PATIENCE * gap) left('comes-back');
    else if (paused.some((pool) => inPool(row, pool))) left('pool-refills');
    else if (used < until || !stale(candidate, allowedAges(used, policy, level, thresholds))) left('enough');
    else if (remaining <= policy.keepPerApplication) left('keep-per-application');
    else if (chosen.length >= limit) {
      limited = true;
      left('limit');
    } else {
      chosen.push(row);
      perApplication.set(applicationKey(row), remaining - 1);
    }
  }

  const ages = set.candidates.map(({ row }) => row.idleFor);
  return {
    chosen,
    leftAlone,
    candidates: set.candidates.filter((candidate) => stale(candidate, allowed)).length,
    allowed,
    longestIdle: ages.length > 0 ? ages.reduce((a, b) => Math.max(a, b)) : null,
    limitedBy: limited ? (hourBudget < policy.maxPerCheck ? 'maxPerHour' : 'maxPerCheck') : null,
  };
}

/** The idle sessions that may be ended at all, in order, and the others with their reason. */
function sort({ rows, policy, history }: Choosing): {
  candidates: Candidate[];
  leftAlone: Choice['leftAlone'];
} {
  const protects = protection(policy);
  const leftAlone: { row: SessionRow; reason: ReasonLeftAlone }[] = [];
  const candidates: Candidate[] = [];
  for (const row of rows) {
    if (!isIdle(row) && row.state !== 'unknown') continue;
    const reason = protects(row);
    const gap = comebackGap(history, row);
    if (reason) leftAlone.push({ row, reason });
    else candidates.push({ row, kind: kindOf(row, gap), gap: gap ?? 0 });
  }
  candidates.sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind) || b.row.idleFor - a.row.idleFor);
  return { candidates, leftAlone };
}

const isIdle = ({ state }: SessionRow) => state === 'idle' || inTransaction(state);

const inTransaction = (state: SessionRow['state']) =>
  state === 'idle in transaction' || state === 'idle in transaction (aborted)';

/** Why a session is never a candidate; null when it may be one. */
function protection(policy: ReclaimPolicy): (row: SessionRow) => ReasonLeftAlone | null {
  const only = policy.only ? inEvery(policy.only) : () => true;
  const except = policy.except ? inAny(policy.except) : () => false;
  return (row) => {
    if (!row.whole || row.role === null || row.state === 'unknown') return 'not-seen-whole';
    if (row.ours) return 'ours';
    if (row.superuser) return 'superuser';
    if (row.replication) return 'replication';
    if (row.role.startsWith('rds')) return 'rds-role';
    if (row.listens) return 'listen';
    if (row.advisoryLock) return 'advisory-lock';
    if (!only(row)) return 'only';
    if (except(row)) return 'except';
    if (inTransaction(row.state) && policy.idleInTransactionFor === undefined) return 'in-transaction';
    return null;
  };
}

function kindOf(row: SessionRow, gap: number | null): Kind {
  if (inTransaction(row.state)) return 'in-transaction';
  if (gap !== null) return 'comes-back';
  return row.startedFor - row.idleFor <= USED_ONCE_WITHIN ? 'used-once' : 'other';
}

function ageOf(kind: Kind, allowed: AllowedAges, policy: ReclaimPolicy): number {
  if (kind === 'used-once') return allowed.usedOnce;
  return kind === 'in-transaction'
    ? (policy.idleInTransactionFor ?? Number.POSITIVE_INFINITY)
    : allowed.other;
}

const applicationKey = (row: SessionRow) => JSON.stringify([row.role, row.application]);

/** How many rows have each key. */
function countBy(rows: readonly SessionRow[], key: (row: SessionRow) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const row of rows) counts.set(key(row), (counts.get(key(row)) ?? 0) + 1);
  return counts;
}
