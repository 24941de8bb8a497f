import type { ReclaimPolicy } from '../config/reclaim-policy.ts';
import type { HeadBlocker } from '../model/head-blocker.ts';
import type { Sample } from '../model/observation.ts';
import type { Choice } from './choose-sessions.ts';
import type { SessionRow } from './list-sessions.ts';
import { isInTransaction, protection } from './protection.ts';

/**
 * The choice with the head blocker before all others, where the policy says so: only while it is idle in its transaction, and never
 * a protected session. The others go on by themselves then.
 */
export function withBlocker(
  choice: Choice,
  rows: readonly SessionRow[],
  { policy, sample: { headBlocker } }: { readonly policy: ReclaimPolicy; readonly sample: Sample },
  hourBudget: number,
): Choice {
  if (!policy.headBlocker || !headBlocker || choice.chosen.length >= hourBudget) return choice;
  const row = rows.find((one) => isBlocker(one, headBlocker));
  const protects = protection({ ...policy, idleInTransactionFor: 1 });
  if (row === undefined || !isInTransaction(row) || protects(row) !== null) return choice;
  return {
    ...choice,
    chosen: [
      { row, prediction: null, isCulprit: true, isTrial: false, blocks: headBlocker.blocks },
      ...choice.chosen.filter((other) => other.row !== row),
    ],
    leftAlone: choice.leftAlone.filter((other) => other.row !== row),
    candidates: choice.candidates + 1,
  };
}

function isBlocker({ pid, backendStart }: SessionRow, blocker: HeadBlocker): boolean {
  return pid === blocker.pid && backendStart === blocker.backendStart;
}
