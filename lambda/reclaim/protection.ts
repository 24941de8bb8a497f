import type { ReclaimPolicy } from '../config/reclaim-policy.ts';
import { inAny, inEvery } from '../config/session-filter.ts';
import type { ReasonLeftAlone } from '../model/reclamation.ts';
import type { SessionRow } from './list-sessions.ts';

/** Why a session is never a candidate, whatever the pressure; null when it may be one. */
export function protection(policy: ReclaimPolicy): (row: SessionRow) => ReasonLeftAlone | null {
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
    if (isInTransaction(row) && policy.idleInTransactionFor === undefined) return 'in-transaction';
    return null;
  };
}

/** Idle, in a transaction or not. */
export const isIdle = (row: SessionRow): boolean => row.state === 'idle' || isInTransaction(row);

/** Idle in a transaction: ending it rolls work back. */
export const isInTransaction = ({ state }: SessionRow): boolean =>
  state === 'idle in transaction' || state === 'idle in transaction (aborted)';
