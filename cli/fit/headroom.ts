import { type Budget, budgetedSessions } from '../../lambda/config/budgets.ts';
import type { Database } from '../../lambda/config/database.ts';
import { budgetUses } from '../../lambda/model/budget-use.ts';
import { levelThresholds } from '../../lambda/model/level-thresholds.ts';
import { type Capacity, type Sample, usableSlots } from '../../lambda/model/observation.ts';
import { counted } from '../../lambda/shared/format.ts';

/** Sessions that a budget promises and its application does not hold now. */
export interface Unused {
  readonly name: string;
  readonly sessions: number;
}

/** What is free on a server for sessions that are about to be opened. */
export interface Headroom {
  readonly database: string;
  /** `fits`; `tight`: fits only beyond the warning threshold; `does-not-fit`. */
  readonly verdict: 'fits' | 'tight' | 'does-not-fit';
  readonly capacity: Capacity;
  readonly usable: number;
  /** Used slots in the sample that left the least. */
  readonly used: number;
  /** Promised to other applications and not in use then. */
  readonly promised: readonly Unused[];
  /** Slots kept for people and tools. */
  readonly reserve: number;
  /** What is left of usable after all of these. */
  readonly free: number;
  /** Sessions that are about to be opened. */
  readonly need: number;
  /** free - need; below 0 when they do not fit. */
  readonly left: number;
  /** Used slots from which the level is warning. */
  readonly warningAt: number;
  /** How many samples it rests on, over how many seconds. */
  readonly samples: number;
  readonly over: number;
}

/**
 * Counts what is free for `need` more sessions: the usable slots less what is used, what other budgets promise beyond
 * what their applications hold, and the reserve. Of several samples the one that leaves least counts.
 *
 * @param application the budget, by name, whose sessions are about to be opened: its own promise is not held against it.
 */
export function headroomOf(
  database: Pick<Database, 'name' | 'budgets' | 'reserve' | 'thresholds' | 'alerts'>,
  samples: readonly [Sample, ...Sample[]],
  need: number,
  application: string | null,
): Headroom {
  const others = database.budgets.filter(({ name }) => name !== application);
  const counts = samples.map((sample) => {
    const promised = unusedPromises(sample, others);
    const committed = promised.reduce((sum, { sessions }) => sum + sessions, sample.used);
    return { sample, promised, committed };
  });
  const worst = counts.reduce((most, count) =>
    freeIn(count.sample, count.committed) < freeIn(most.sample, most.committed) ? count : most,
  );
  const { capacity, used } = worst.sample;
  const usable = usableSlots(capacity);
  const warningAt = levelThresholds(database, usable).warning.enter;
  const free = usable - worst.committed - database.reserve;
  const left = free - need;
  const isTight = worst.committed + need >= warningAt;
  return {
    database: database.name,
    verdict: left < 0 ? 'does-not-fit' : isTight ? 'tight' : 'fits',
    capacity,
    usable,
    used,
    promised: worst.promised,
    reserve: database.reserve,
    free,
    need,
    left,
    warningAt,
    samples: samples.length,
    over: Math.round(((samples.at(-1) ?? samples[0]).at - samples[0].at) / 1000),
  };
}

const freeIn = ({ capacity }: Sample, committed: number) => usableSlots(capacity) - committed;

function unusedPromises({ groups }: Sample, budgets: readonly Budget[]): Unused[] {
  const uses = budgetUses(groups, budgets).budgets;
  return budgets
    .map((budget, index) => ({
      name: budget.name,
      sessions: budgetedSessions(budget) - (uses[index]?.used ?? 0),
    }))
    .filter(({ sessions }) => sessions > 0);
}

const VERDICTS: Readonly<Record<Headroom['verdict'], (need: string) => string>> = {
  fits: (need) => `${need} fit`,
  tight: (need) => `${need} fit, but only beyond the warning threshold`,
  'does-not-fit': (need) => `${need} do not fit`,
};

/** The sum as a person would write it. */
export function renderHeadroom(headroom: Headroom): string[] {
  const { database, verdict, capacity, usable, used, promised, reserve, free, need, left } = headroom;
  const reserved = capacity.maxConnections - usable;
  const row = (sign: string, count: number, text: string) =>
    `  ${sign} ${String(count).padStart(6)}  ${text}`.trimEnd();
  const peak =
    headroom.samples === 1
      ? 'used now'
      : `used: the most of ${headroom.samples} samples in ${headroom.over} s`;
  return [
    `${database}: ${VERDICTS[verdict](counted(need, 'more session'))}`,
    row(' ', usable, `usable slots (${capacity.maxConnections} max_connections - ${reserved} reserved)`),
    row('-', used, peak),
    ...promised.map(({ name, sessions }) => row('-', sessions, `promised to ${name} and not in use`)),
    ...(reserve > 0 ? [row('-', reserve, 'kept for people and tools')] : []),
    row('=', free, 'free'),
    row('-', need, 'needed'),
    row('=', left, left < 0 ? 'short' : 'left'),
    ...(verdict === 'tight' ? [`The level is warning from ${headroom.warningAt} used slots on.`] : []),
  ];
}
