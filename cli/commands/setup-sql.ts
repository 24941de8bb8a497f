import { roleSql } from '../../infra/role-sql.ts';
import { budgetsSchema } from '../../lambda/config/budgets.ts';
import { parse } from '../../lambda/config/validation.ts';
import { defineCommand } from '../command.ts';
import { configuredInput } from '../connection/guard-config.ts';
import { connectionOptions } from '../connection/options.ts';
import { EXIT } from '../exit-code.ts';
import { budgetSql } from '../fit/budget-sql.ts';
import { choice, flag, text } from '../options.ts';
import { UsageError } from '../usage-error.ts';

/** The statements that make the guard's role. */
export const setupSqlCommand = defineCommand({
  name: 'setup-sql',
  summary: "Print the SQL that makes the guard's role, with the least it needs",
  names: 'a database of guard.config.ts',
  description:
    'Prints statements for the master user or a superuser to run, in any database of the server. They fit PostgreSQL 12 ' +
    'to 18 (each server does what its version has), and running them again does no harm. Connects to nothing.',
  options: {
    user: text(
      '--user <role>',
      'the name of the role (default connection_guard, or what the configuration says)',
    ),
    login: choice(
      '--login <how>',
      ['iam', 'password'],
      'how it logs in (default password, or what the configuration says)',
    ),
    terminate: flag('--terminate', 'also let it end sessions (pg_signal_backend)'),
    budgets: flag(
      '--budgets',
      'print a CONNECTION LIMIT for each budget that is a whole role, instead of the role',
    ),
    config: connectionOptions.config,
  },
  examples: [
    ['rds-connection-guard setup-sql --terminate | psql -h db.example -U postgres', 'make the role'],
    ['rds-connection-guard setup-sql --login iam', 'for RDS IAM authentication'],
    ['rds-connection-guard setup-sql orders --budgets', 'limits for the roles that have a budget'],
    ['rds-connection-guard setup-sql orders', 'as guard.config.ts has it for the database orders'],
  ],
  exitCodes: [
    [EXIT.ok, 'printed'],
    [EXIT.unknown, 'the command line or the configuration has a mistake'],
  ],
  run: async (values, name, context) => {
    const entry = name === null ? null : await configuredInput(name, values.config ?? null, context.cwd);
    if (values.budgets) {
      if (entry === null) throw new UsageError('--budgets needs the name of a database in the configuration');
      context.out(budgetSql(parse(budgetsSchema, entry.budgets ?? [], `the budgets of ${name}`)));
      return EXIT.ok;
    }
    const iam = entry !== null && 'iam' in entry.login ? entry.login.iam : null;
    const login = values.login ?? (iam === null ? 'password' : 'iam');
    const user = values.user ?? iam?.user ?? 'connection_guard';
    const terminate = values.terminate || entry?.reclaim?.mode === 'terminate';
    context.out(roleSql({ user, login, terminate }).trimEnd());
    if (login === 'password') {
      context.out(
        `-- Give it a password without leaving one in a history or a log: in psql, \\password ${user.replace(/[\r\n]/g, ' ')}`,
      );
    }
    return EXIT.ok;
  },
});
