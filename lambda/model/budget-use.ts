import { type Budget, budgetedSessions, inBudget } from '../config/budgets.ts';
import type { SessionGroup } from './observation.ts';

/** What one application holds of its budget. */
export interface BudgetUse {
  /** The budget's name. */
  readonly name: string;
  /** Sessions that it holds. */
  readonly used: number;
  /** Sessions that it may hold. */
  readonly sessions: number;
}

/** The sessions of a sample, compared with the budgets. */
export interface BudgetUses {
  /** One for each budget, in their order. */
  readonly budgets: readonly BudgetUse[];
  /** Sessions that belong to no budget. */
  readonly unbudgeted: number;
}

/** Counts the sessions of each budget. Each session counts once: budgets do not overlap. */
export function budgetUses(groups: readonly SessionGroup[], budgets: readonly Budget[]): BudgetUses {
  const counts = budgets.map((budget) => {
    const belongs = inBudget(budget);
    const used = groups.filter(belongs).reduce((sum, { count }) => sum + count, 0);
    return { name: budget.name, used, sessions: budgetedSessions(budget) };
  });
  const all = groups.reduce((sum, { count }) => sum + count, 0);
  return { budgets: counts, unbudgeted: all - counts.reduce((sum, { used }) => sum + used, 0) };
}

/** Sessions beyond their budgets, all applications together. */
export function sessionsOverBudget(uses: BudgetUses): number {
  return uses.budgets.reduce((sum, { used, sessions }) => sum + Math.max(0, used - sessions), 0);
}
