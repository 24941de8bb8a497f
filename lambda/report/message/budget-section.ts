import type { Database } from '../../config/database.ts';
import { type BudgetUse, budgetUses } from '../../model/budget-use.ts';
import type { LikelyCause } from '../../model/likely-cause.ts';
import type { Sample } from '../../model/observation.ts';
import { counted } from '../../shared/format.ts';
import { padStart } from './columns.ts';

/** What each application holds of its budget, most over it first, and how many sessions belong to none. */
export function budgetTable(sample: Sample, { budgets }: Database): readonly string[] {
  if (budgets.length === 0) return [];
  const { budgets: uses, unbudgeted } = budgetUses(sample.groups, budgets);
  const row = (used: string, sessions: string, name: string) =>
    `${padStart(used, 8)} ${padStart(sessions, 9)}  ${name}`;
  const rows = [...uses]
    .sort((a, b) => overrun(b) - overrun(a))
    .map(({ name, used, sessions }) => row(String(used), String(sessions), name));
  const none = `${counted(unbudgeted, 'session')} ${unbudgeted === 1 ? 'belongs' : 'belong'} to no budget`;
  return [row('sessions', 'budget', 'name'), ...rows, none];
}

/** The largest overrun as a cause; null when every application is within its budget. */
export function overBudgetCause(sample: Sample, { budgets }: Database): LikelyCause | null {
  const [largest] = budgetUses(sample.groups, budgets)
    .budgets.filter((use) => overrun(use) > 0)
    .sort((a, b) => overrun(b) - overrun(a));
  if (largest === undefined) return null;
  const { name, used, sessions } = largest;
  return {
    ...{ id: 'over-budget', role: null, sessions: used },
    cause: `${name} holds more sessions than its budget`,
    evidence: `${used} where it may hold ${sessions}, ${overrun(largest)} too many`,
    remedy: `Stop the instances of ${name} beyond the plan, or lower its pool`,
  };
}

function overrun({ used, sessions }: BudgetUse): number {
  return used - sessions;
}
