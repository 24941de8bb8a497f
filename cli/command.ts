import type { Context } from './context.ts';
import type { ExitCode } from './exit-code.ts';
import type { OptionTable, OptionValues } from './options.ts';

/** One command, as help shows it and as it runs. */
export interface Command {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** More on it, for its own help; plain lines. */
  readonly description: readonly string[];
  readonly options: OptionTable;
  /** What to type, and what it does. */
  readonly examples: readonly (readonly [string, string])[];
  /** What each exit code means here. */
  readonly exitCodes: readonly (readonly [ExitCode, string])[];
  /** Runs it with what was written after its name. Rejects with `UsageError` or `ConfigurationError`. */
  run(argv: readonly string[], context: Context): Promise<ExitCode>;
}

/** A command whose options keep their types. */
export interface TypedCommand<Table extends OptionTable> extends Omit<Command, 'run' | 'options'> {
  readonly options: Table;
  /** @param name the database of the configuration file that was named; null when none was. */
  readonly run: (values: OptionValues<Table>, name: string | null, context: Context) => Promise<ExitCode>;
}
