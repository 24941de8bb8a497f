import { type Budget, promisedSessions } from '../../lambda/config/budgets.ts';
import { usableSlots } from '../../lambda/model/observation.ts';
import { listed } from '../../lambda/shared/format.ts';
import { printable } from '../../lambda/shared/printable.ts';
import type { ApplicationRole, Facts } from './facts.ts';
import { aboutRole, advice, type Finding, good } from './finding.ts';

const TOPIC = 'budgets';

/** Do budgets, the limits of their roles and the usable slots agree? Nothing where the configuration has no budgets. */
export function budgetFindings({ observation, roles, budgets, reserve }: Facts): readonly Finding[] {
  if (budgets.length === 0) return [];
  const usable = usableSlots(observation.capacity);
  const promised = promisedSessions(budgets, reserve);
  const excess =
    promised > usable
      ? [
          advice(TOPIC, `budgets and reserve promise ${promised} of ${usable} usable slots`, [
            '-- lower pools or instances, raise max_connections, or put a pooler in between',
          ]),
        ]
      : [];
  const findings = [...excess, ...roles.flatMap((role) => limitOf(role, budgets))];
  return findings.length > 0
    ? findings
    : [
        good(
          TOPIC,
          `budgets and reserve promise ${promised} of ${usable} usable slots, and the roles are limited to them`,
        ),
      ];
}

/** The sessions that the budgets of a role by itself promise, and whether one of them is the whole role. */
export function promisedTo(
  { name }: Pick<ApplicationRole, 'name'>,
  budgets: readonly Budget[],
): { readonly sessions: number; readonly names: readonly string[]; readonly isWhole: boolean } | null {
  const own = budgets.filter(({ role }) => role === name);
  if (own.length === 0) return null;
  return {
    sessions: promisedSessions(own, 0),
    names: own.map((budget) => budget.name),
    isWhole: own.some(({ application, client }) => application === undefined && client === undefined),
  };
}

function limitOf(role: ApplicationRole, budgets: readonly Budget[]): readonly Finding[] {
  const promise = promisedTo(role, budgets);
  if (promise === null) return [];
  const { sessions, names, isWhole } = promise;
  const name = printable(role.name, 40);
  const set = [aboutRole(role.name, (quoted) => `ALTER ROLE ${quoted} CONNECTION LIMIT ${sessions};`)];
  const budget = `${names.length === 1 ? 'the budget' : 'the budgets'} ${listed(names)}`;
  if (role.limit !== null && role.limit < sessions) {
    const text = `${name} may hold ${role.limit} sessions, ${budget} promised ${sessions}: logins are refused before it is used up`;
    return [advice(TOPIC, text, set)];
  }
  if (!isWhole || role.limit === sessions) return [];
  const held = role.limit === null ? 'has no CONNECTION LIMIT' : `may hold ${role.limit} sessions`;
  const text = `${name} ${held}, so the server does not hold it to the ${sessions} of ${budget}`;
  return [advice(TOPIC, text, set)];
}
