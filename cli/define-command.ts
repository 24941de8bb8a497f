import type { Command, TypedCommand } from './command.ts';
import { type OptionTable, parseOptions } from './options.ts';
import { UsageError } from './usage-error.ts';

/** What to say to those who bring the old script's options along, or psql's. */
const HINTS: Readonly<Record<string, string>> = {
  once: 'one sample is the command check',
  'auto-close': 'write watch --terminate (or --dry-run to see first what it would end)',
  host: 'use PGHOST, or --url postgres://user@host/database',
  port: 'use PGPORT, or --url postgres://user@host:5433/database',
  username: 'use PGUSER, or --url postgres://user@host/database',
  user: 'use PGUSER, or --url postgres://user@host/database',
  dbname: 'use PGDATABASE, or --url postgres://user@host/database',
  password: 'use PGPASSWORD or ~/.pgpass: an option would show it in the process list',
};

/** Makes a command that reads its own options. */
export function defineCommand<Table extends OptionTable>(command: TypedCommand<Table>): Command {
  return {
    ...command,
    run: async (argv, context) => {
      const { values, positionals } = parseOptions(command.options, argv, HINTS);
      const [name, surplus] = positionals;
      if (surplus !== undefined) {
        throw new UsageError(
          `${command.name} takes one name of guard.config.ts at most, not '${surplus}' too`,
        );
      }
      return await command.run(values, name ?? null, context);
    },
  };
}
