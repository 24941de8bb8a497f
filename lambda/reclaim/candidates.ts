import { type Budget, budgetedSessions, inBudget } from '../config/budgets.ts';
import type { ReclaimPolicy } from '../config/reclaim-policy.ts';
import { errorOf, type KnownSession, type KnownSessions, type Prediction } from '../model/prediction.ts';
import type { ReasonLeftAlone } from '../model/reclamation.ts';
import type { AllowedAges, LevelThresholds } from './allowed-idle-age.ts';
import { poolKey } from './culprits.ts';
import { allowedAt, isEarned, knownOf, speaksAgainst } from './earned.ts';
import type { SessionRow } from './list-sessions.ts';
import { isIdle, isInTransaction, protection } from './protection.ts';

/** What tells which sessions may be ended, and which first. */
export interface Candidacy {
  readonly rows: readonly SessionRow[];
  readonly policy: ReclaimPolicy;
  readonly thresholds: LevelThresholds;
  /** What the samples have shown of the sessions. */
  readonly known: KnownSessions;
  /** How many sessions each application may hold. */
  readonly budgets: readonly Budget[];
}

/** One session to be ended, and why. */
export interface Chosen {
  readonly row: SessionRow;
  /** The prediction of the rule that has earned it, or is tried; null: it is idle for longer than the policy allows. */
  readonly prediction: Prediction | null;
  /** Its rule has not earned it: whether its client opens another session is to show how far it can be trusted. */
  readonly isTrial: boolean;
  /** Its pool is opening sessions now. */
  readonly isCulprit: boolean;
  /** So many sessions wait for its locks. @default it was not chosen for that */
  readonly blocks?: number;
}

/**
 * A session whose last use ended within so many seconds of its opening was used once: by one request, however slow.
 * Anything that works in a rhythm longer than this shows at its second use that it is not; shorter, and it is never
 * idle for long enough to be stale.
 */
const USED_ONCE_WITHIN = 5;

type Kind = 'used-once' | 'other' | 'in-transaction' | 'comes-back';

/** First sessions that show no sign of coming back, last those that have come back; a transaction's work is dear too. */
const ORDER: readonly Kind[] = ['used-once', 'other', 'in-transaction', 'comes-back'];

/** An idle session that may be ended at all. */
export interface Candidate extends Chosen {
  readonly kind: Kind;
  /** It came back before, and is left alone for so many seconds. */
  readonly patience: number;
  /** Its application holds more sessions than its budget. */
  readonly isOverBudget: boolean;
  /** Such sessions were found to come back: the ages do not fall for them. */
  readonly mayComeBack: boolean;
}

/** The idle sessions that may be ended at all, in order, and the others with their reason. */
export function candidatesOf(
  { rows, policy, known, thresholds, budgets }: Candidacy,
  opening: ReadonlySet<string>,
) {
  const protects = protection(policy);
  const isOver = overBudget(rows, budgets);
  const allowed = allowedAt(rows.length, thresholds);
  const leftAlone: { row: SessionRow; reason: ReasonLeftAlone }[] = [];
  const candidates: Candidate[] = [];
  for (const row of rows) {
    if (!isIdle(row) && row.state !== 'unknown') continue;
    const reason = protects(row);
    if (reason !== null) {
      leftAlone.push({ row, reason });
      continue;
    }
    const session = knownOf(row, known);
    const hasEarned = session !== null && isEarned(session, allowed);
    const isTrial = session?.mayTry === true && !hasEarned;
    candidates.push({
      row,
      kind: kindOf(row, session),
      patience: session?.patience ?? 0,
      mayComeBack: session !== null && speaksAgainst(session, allowed),
      prediction: hasEarned || isTrial ? session.prediction : null,
      isTrial,
      isCulprit: opening.has(poolKey(row)),
      isOverBudget: isOver(row),
    });
  }
  const rank = ({ prediction, kind, isTrial }: Candidate) => {
    if (isTrial) return 1 + ORDER.length;
    return prediction === null ? 1 + ORDER.indexOf(kind) : errorOf(prediction.score);
  };
  candidates.sort(
    (a, b) =>
      Number(b.isCulprit) - Number(a.isCulprit) ||
      rank(a) - rank(b) ||
      // Not where ages decide: there each one that goes changes what the next one may be.
      (a.prediction === null ? 0 : Number(b.isOverBudget) - Number(a.isOverBudget)) ||
      b.row.idleFor - a.row.idleFor,
  );
  return { candidates, leftAlone };
}

/** True for sessions of applications that hold more than their budget. */
function overBudget(rows: readonly SessionRow[], budgets: readonly Budget[]): (row: SessionRow) => boolean {
  const exceeded = budgets
    .map((budget) => ({ belongs: inBudget(budget), sessions: budgetedSessions(budget) }))
    .filter(({ belongs, sessions }) => rows.filter(belongs).length > sessions);
  return (row) => exceeded.some(({ belongs }) => belongs(row));
}

function kindOf(row: SessionRow, known: KnownSession | null): Kind {
  if (isInTransaction(row)) return 'in-transaction';
  if (known !== null && known.patience !== null) return 'comes-back';
  return row.startedFor - row.idleFor <= USED_ONCE_WITHIN ? 'used-once' : 'other';
}

/** Is it idle for longer than the policy allows? */
export function isStale(
  { row, kind, mayComeBack }: Candidate,
  ages: AllowedAges,
  policy: ReclaimPolicy,
): boolean {
  if (kind === 'in-transaction')
    return row.idleFor > (policy.idleInTransactionFor ?? Number.POSITIVE_INFINITY);
  if (mayComeBack) return row.idleFor > policy.idleFor;
  return row.idleFor > (kind === 'used-once' ? ages.usedOnce : ages.other);
}
