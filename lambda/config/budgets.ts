import * as v from 'valibot';
import { type ExpectedCapacity, mostConnections } from './expected-capacity.ts';
import {
  inEvery,
  namePattern,
  namesOverlap,
  network,
  networksOverlap,
  type Selectable,
} from './session-filter.ts';
import { strict, wholeNumber } from './validation.ts';

/** No server has more slots (`max_connections` is at most 262,143). */
const MOST_SESSIONS = 262_143;

const sessionCount = wholeNumber(0, MOST_SESSIONS);
const factor = wholeNumber(1, 100_000);

const named = {
  /** What messages, metrics and reports call it; unique among the budgets of a database. */
  name: v.pipe(
    v.string(),
    v.regex(
      /^[A-Za-z0-9](?:[A-Za-z0-9 ._/-]{0,38}[A-Za-z0-9])?$/,
      '1 to 40 of A-Z a-z 0-9 space . _ / -, beginning and ending with a letter or digit',
    ),
  ),
  /**
   * The role of its sessions: a name, or the beginning of one followed by `*`.
   *
   * @default - any
   */
  role: v.optional(namePattern),
  /**
   * Their `application_name`, likewise; `''` is a session without one.
   *
   * @default - any
   */
  application: v.optional(namePattern),
  /**
   * The network that they come from, such as `10.0.0.0/16`.
   *
   * @default - any
   */
  client: v.optional(network),
};

const countedBudget = strict({
  ...named,
  /** How many sessions the application may hold at once, during a rollout too. */
  sessions: sessionCount,
});

const pooledBudget = strict({
  ...named,
  /** Instances (pods, tasks, hosts): the most that run at once, and how many more a rollout adds. */
  instances: strict({
    /** How many run at once at most. */
    most: factor,
    /**
     * How many more a rollout adds.
     *
     * @default 0
     */
    surge: v.optional(wholeNumber(0, 100_000), 0),
  }),
  /**
   * Processes in each instance, every one with a pool of its own.
   *
   * @default 1
   */
  processes: v.optional(factor, 1),
  /** The size of the pool. */
  pool: sessionCount,
  /**
   * What the pool may open beyond its size (`max_overflow` of SQLAlchemy).
   *
   * @default 0
   */
  overflow: v.optional(sessionCount, 0),
});

const FORMS = '{ name, sessions } or { name, instances: { most, surge }, processes, pool, overflow }';

/** One budget as it is written: its form is chosen by the key `sessions`, so that mistakes are told for that form. */
const budget = v.pipe(
  v.lazy((input) =>
    typeof input === 'object' && input !== null && !('pool' in input || 'instances' in input)
      ? countedBudget
      : pooledBudget,
  ),
  v.check(
    ({ role, application, client }) => [role, application, client].some((part) => part !== undefined),
    'at least one of role, application, client: what tells its sessions from others',
  ),
);

/** How many sessions an application may hold. */
export type Budget = v.InferOutput<typeof budget>;

/** The budgets of one database. No session may belong to two. */
export const budgetsSchema = v.pipe(
  v.array(budget, `a list of ${FORMS}`),
  v.maxLength(100, 'at most 100 budgets'),
  v.checkItems(
    ({ name }, index, all) => all.findIndex((other) => other.name === name) === index,
    'a budget whose name no other has',
  ),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const budgets = dataset.value;
    budgets.forEach((one, index) => {
      const other = budgets.slice(0, index).find((before) => overlap(one, before));
      if (other === undefined) return;
      addIssue({
        message: `sessions that ${other.name} does not count as well: add a role, an application or a client that tells them apart`,
        path: [{ type: 'array', origin: 'value', input: budgets, key: index, value: one }],
      });
    });
  }),
);

/** How many sessions a budget allows: what is written, or (instances + surge) x processes x (pool + overflow). */
export function budgetedSessions(budget: Budget): number {
  if ('sessions' in budget) return budget.sessions;
  const { instances, processes, pool, overflow } = budget;
  return (instances.most + instances.surge) * processes * (pool + overflow);
}

/** What all budgets and the reserve promise together. */
export function promisedSessions(budgets: readonly Budget[], reserve: number): number {
  return budgets.reduce((sum, budget) => sum + budgetedSessions(budget), reserve);
}

/** The table that shows why budgets cannot fit into the expected capacity; null where they can, or it is not known. */
export function explainExcess(database: {
  readonly budgets: readonly Budget[];
  readonly reserve: number;
  readonly capacity?: ExpectedCapacity | undefined;
}): string | null {
  const { budgets, reserve, capacity } = database;
  if (capacity === undefined || budgets.length === 0) return null;
  const most = mostConnections(capacity);
  const usable = Math.max(0, most - capacity.reserved);
  const promised = promisedSessions(budgets, reserve);
  if (promised <= usable) return null;
  const row = (sessions: number, text: string) => `    ${String(sessions).padStart(7)}  ${text}`;
  return [
    `at most ${usable} sessions in all, but ${promised} are promised:`,
    ...budgets.map((budget) => {
      const arithmetic = budgetArithmetic(budget);
      const how = 'sessions' in budget ? '' : ` = ${arithmetic}`;
      return row(budgetedSessions(budget), `${budget.name}${how}`);
    }),
    ...(reserve > 0 ? [row(reserve, 'reserve for people and tools')] : []),
    row(promised, 'promised'),
    row(usable, `usable = ${most} max_connections - ${capacity.reserved} reserved`),
  ].join('\n');
}

/** How the number of a budget comes about, as a person would write it: `(10 + 2) x 1 x 20`. */
export function budgetArithmetic(budget: Budget): string {
  if ('sessions' in budget) return String(budget.sessions);
  const { instances, processes, pool, overflow } = budget;
  const of = (base: number, more: number) => (more === 0 ? String(base) : `(${base} + ${more})`);
  return [
    of(instances.most, instances.surge),
    ...(processes === 1 ? [] : [String(processes)]),
    of(pool, overflow),
  ].join(' x ');
}

/** True for the sessions that a budget counts. */
export function inBudget({ role, application, client }: Budget): (session: Selectable) => boolean {
  return inEvery({
    ...(role !== undefined && { roles: [role] }),
    ...(application !== undefined && { applications: [application] }),
    ...(client !== undefined && { clients: [client] }),
  });
}

/** True when a session can belong to both. */
function overlap(a: Budget, b: Budget): boolean {
  const parts = <Part>(one: Part | undefined, other: Part | undefined, meet: (a: Part, b: Part) => boolean) =>
    one === undefined || other === undefined || meet(one, other);
  return (
    parts(a.role, b.role, namesOverlap) &&
    parts(a.application, b.application, namesOverlap) &&
    parts(a.client, b.client, networksOverlap)
  );
}
