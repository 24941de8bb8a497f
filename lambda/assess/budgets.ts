import { promisedSessions } from '../config/budgets.ts';
import type { Database } from '../config/database.ts';
import { type BudgetUse, budgetUses } from '../model/budget-use.ts';
import type { Memory, Notification } from '../model/memory.ts';
import { type Sample, usableSlots } from '../model/observation.ts';
import { noticeOf, threadId } from './incident.ts';

/** Samples in a row over the budget after which people are told: one alone may be a rollout's last second. */
const SAMPLES_OVER = 2;

type OverBudget = Memory['budgets']['over'][number];

/** Follows each application's sessions against its budget, whatever the level; the level stays as it was. */
export function stepBudgets(
  memory: Memory,
  sample: Sample,
  database: Database,
  now: number,
): { memory: Memory; notifications: readonly Notification[] } {
  const steps = budgetUses(sample.groups, database.budgets).budgets.map((use) => {
    const step = stepBudget(
      memory.budgets.over.find(({ name }) => name === use.name),
      use,
      database,
      now,
    );
    return { ...step, use };
  });
  const told = steps.flatMap(({ kind, thread, use }) =>
    kind === null || thread === null
      ? []
      : [{ ...noticeOf(kind, memory, now, thread.since, thread.threadId), budget: use }],
  );
  const usable = usableSlots(sample.capacity);
  const promised = promisedSessions(database.budgets, database.reserve);
  const exceeds = database.budgets.length > 0 && promised > usable;
  const before = memory.budgets.exceeding;
  const isNews = exceeds && (before?.promised !== promised || before.usable !== usable);
  const thread = threadId(database.name, 'budgets', now);
  const budget = { name: 'all budgets', used: promised, sessions: usable };
  return {
    memory: {
      ...memory,
      budgets: {
        over: steps.flatMap(({ next }) => next ?? []),
        exceeding: exceeds ? { promised, usable } : null,
      },
    },
    notifications: isNews
      ? [...told, { ...noticeOf('budgets-exceed-usable', memory, now, now, thread), budget }]
      : told,
  };
}

/** One budget's step: what is remembered of it, and the kind of notification that is due in which thread. */
function stepBudget(
  before: OverBudget | undefined,
  { name, used, sessions }: BudgetUse,
  { name: database, alerts }: Database,
  now: number,
): { next: OverBudget | null; kind: Notification['kind'] | null; thread: OverBudget | null } {
  const started = { name, threadId: threadId(database, `budget-${name}`, now), since: now, samples: 0 };
  const thread = before ?? { ...started, notifiedAt: null, clearSince: null };
  if (used > sessions) {
    const over = { ...thread, samples: thread.samples + 1, clearSince: null };
    const { notifiedAt } = over;
    const isDue =
      notifiedAt === null
        ? over.samples >= SAMPLES_OVER
        : now - notifiedAt >= alerts.remindAfter.warning * 1000;
    if (!isDue) return { next: over, kind: null, thread };
    const kind = notifiedAt === null ? 'over-budget' : 'still-over-budget';
    return { next: { ...over, notifiedAt: now }, kind, thread };
  }
  if (thread.notifiedAt === null) return { next: null, kind: null, thread: null };
  const clearSince = thread.clearSince ?? now;
  if (now - clearSince < alerts.clearAfter * 1000) {
    return { next: { ...thread, clearSince }, kind: null, thread };
  }
  return { next: null, kind: 'within-budget', thread };
}
