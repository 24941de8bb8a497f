import { inBudget } from '../../config/budgets.ts';
import type { Database } from '../../config/database.ts';
import { type ApplicationKind, applicationKind } from '../../model/application-kind.ts';
import { type BudgetUse, budgetUses } from '../../model/budget-use.ts';
import type { LikelyCause } from '../../model/likely-cause.ts';
import type { Sample, SessionGroup } from '../../model/observation.ts';
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
    id: 'over-budget',
    role: null,
    sessions: used,
    cause: `${name} holds more sessions than its budget`,
    evidence: `${used} where it may hold ${sessions}, ${overrun(largest)} too many`,
    remedy: lowerPool(name, sample.groups, budgets),
  };
}

const ANY_POOL = 'HikariCP: maximumPoolSize; node-postgres: max; SQLAlchemy: pool_size, max_overflow';

/** The setting that bounds a pool, in the words of the program that has it. */
const POOL_SETTING: Readonly<Record<ApplicationKind, string>> = {
  unnamed: ANY_POOL,
  python: 'SQLAlchemy: pool_size, max_overflow; Django: max_size of its pool, or fewer workers',
  ruby: 'Rails: pool in database.yml',
  node: 'node-postgres: max; Prisma: connection_limit',
  jdbc: 'HikariCP: maximumPoolSize',
  pooler: 'PgBouncer: default_pool_size',
  person: 'close the tools that are not used',
  other: ANY_POOL,
};

/** What to do about a budget that is exceeded: the setting is that of the application which holds most of it. */
export function lowerPool(
  name: string,
  groups: readonly SessionGroup[],
  budgets: Database['budgets'],
): string {
  const budget = budgets.find((one) => one.name === name);
  const [largest] = groups
    .filter((group) => budget !== undefined && inBudget(budget)(group))
    .sort((a, b) => b.count - a.count);
  const setting = POOL_SETTING[applicationKind(largest?.application ?? '')];
  return `Stop the instances of ${name} beyond the plan, or lower its pool (${setting})`;
}

function overrun({ used, sessions }: BudgetUse): number {
  return used - sessions;
}
