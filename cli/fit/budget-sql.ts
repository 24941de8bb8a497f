import { type Budget, budgetArithmetic, budgetedSessions } from '../../lambda/config/budgets.ts';
import { isPasteable, quoteIdentifier } from '../../lambda/report/message/quoting.ts';

/**
 * The statements that let the server enforce budgets: `CONNECTION LIMIT` for each that is a whole role. Others cannot be
 * enforced by PostgreSQL, and stand as comments.
 */
export function budgetSql(budgets: readonly Budget[]): string {
  return [
    '-- A limit is hard: the login beyond it is refused (53300, "too many connections for role"), during a rollout too.',
    '-- So count what old and new instances hold together (surge), and set a limit only where that sum is right.',
    'SET search_path TO pg_catalog, pg_temp;',
    ...budgets.map(statement),
  ].join('\n');
}

function statement(budget: Budget): string {
  const { name, role, application, client } = budget;
  const isWholeRole =
    role !== undefined && !role.endsWith('*') && application === undefined && client === undefined;
  if (!isWholeRole) return `-- ${name}: not a whole role, so PostgreSQL has no limit for it`;
  if (!isPasteable(role)) return `-- ${name}: its role has a name that is not safe to paste`;
  const sessions = budgetedSessions(budget);
  const how = 'sessions' in budget ? '' : ` = ${budgetArithmetic(budget)}`;
  return `ALTER ROLE ${quoteIdentifier(role)} CONNECTION LIMIT ${sessions}; -- ${name}${how}`;
}
