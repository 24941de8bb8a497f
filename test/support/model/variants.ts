import { incident } from '../../../local/incident/application/incident.ts';
import { between, randomFrom } from '../../../local/incident/application/random.ts';
import type { ClientGroup, Range, Scenario } from '../../../local/incident/application/scenario.ts';

/** The incident with other numbers, and what tells it from the measured one. */
export interface Variant {
  readonly scenario: Scenario;
  /** Seconds after a run of the function at which it begins; null for the command line. */
  readonly phase: number | null;
  /** What becomes of closed tabs, and whether every last statement is COMMIT. */
  readonly kind: string;
  /** All its numbers. */
  readonly words: string;
}

/**
 * The incident with its numbers drawn by chance from around those that were measured: what holds the measured one only
 * is a fit. The same number gives the same variant.
 */
export function variantOf(number: number): Variant {
  const random = randomFrom(`variant/${number}`);
  const pick = <T>(...choices: readonly T[]): T => {
    const choice = choices[Math.floor(random() * choices.length)];
    if (choice === undefined) throw new Error('nothing to choose from');
    return choice;
  };
  const closed = pick('silent', 'polling', 'both', 'both');
  const endsWithCommit = pick(true, false);
  const thresholds = pick(null, null, { warning: 100, critical: 150 });
  const seconds = pick(200, 300);
  const tabs = {
    users: Math.round(between([80, 100], random)),
    perSecond: between([0.6, 1], random),
    pollEvery: pick<Range>([1, 2], [2, 3], [2, 3], [2, 4], [3, 5], [1, 5]),
    staysFor: pick<Range>([20, 60], [20, 60], [10, 40], [60, 120]),
    until: seconds,
  };
  const pages = {
    perSecond: between([4, 7], random),
    collector: pick<{ every: Range; share: Range }>(
      { every: [12, 32], share: [0.1, 0.45] },
      { every: [5, 40], share: [0.1, 0.45] },
      { every: [12, 32], share: [0.2, 0.7] },
    ),
  };
  const tasks = {
    count: Math.round(between([8, 20], random)),
    startWithin: pick(5, 30),
    pause: pick<Range>([24, 32], [10, 32], [20, 45]),
  };
  const drawn = (group: ClientGroup): ClientGroup => {
    if (group.kind === 'tabs') return { ...group, ...tabs };
    if (group.kind === 'pages') return { ...group, ...pages };
    return group.kind === 'tasks' ? { ...group, ...tasks } : group;
  };
  const base = incident('variant', `variant ${number}`, {
    closed,
    endsWithCommit,
    thresholds,
    seconds,
    mendedAt: null,
  });
  return {
    scenario: { ...base, clients: base.clients.map(drawn) },
    phase: pick(0, 10, 20, 30, 40, 50, null),
    kind: `closed tabs ${closed}${endsWithCommit ? ', COMMIT' : ''}`,
    words: JSON.stringify({ tabs, pages, tasks, thresholds, seconds }),
  };
}
