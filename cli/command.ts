import type { Command } from 'commander';
import type { Context } from './context.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { commanderOption, type OptionTable, type OptionValues, readOptions } from './options.ts';
import { table } from './terminal/table.ts';
import { UsageError } from './usage-error.ts';

/** The name that the package installs. */
export const PROGRAM = 'rds-connection-guard';

/** One command, as help shows it and as it runs. */
export interface CommandSpec<Table extends OptionTable> {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** What may be named. @default a database of guard.config.ts, or a service of ~/.pg_service.conf */
  readonly names?: string;
  /** More on it, for its own help. */
  readonly description: string;
  readonly options: Table;
  /** What to type after the program's name, and what it does. */
  readonly examples: readonly (readonly [string, string])[];
  /** What each exit code means here. */
  readonly exitCodes: readonly (readonly [ExitCode, string])[];
  /**
   * Runs it. Rejects with `UsageError` or `ConfigurationError`.
   *
   * @param name the configured database or service that was named; null when none was.
   */
  readonly run: (values: OptionValues<Table>, name: string | null, context: Context) => Promise<ExitCode>;
}

/** Adds a command to the program; `done` is told its exit code. */
export type AddCommand = (program: Command, context: Context, done: (code: ExitCode) => void) => void;

/** What to say to those who bring options of other tools along. */
const HINTS = [
  ['--once', 'one sample is the command check'],
  ['--auto-close', 'write watch --terminate (or watch --dry-run to see first what it would end)'],
  ['--password [password]', 'use PGPASSWORD or ~/.pgpass: an option would show it in the process list'],
] as const;

/** Makes a command that reads its own options. */
export function defineCommand<Table extends OptionTable>(spec: CommandSpec<Table>): AddCommand {
  const { name, summary, description, options, run } = spec;
  return (program, context, done) => {
    const command = program.command(name).summary(summary).description(description);
    command.argument(
      '[name]',
      spec.names ?? 'a database of guard.config.ts, or a service of ~/.pg_service.conf',
    );
    command.helpOption('-?, --help', 'show this help');
    const made = new Map(Object.values(options).map((option) => [option, commanderOption(option)]));
    for (const option of made.values()) command.addOption(option);
    for (const [flags, hint] of HINTS) hintAt(command, flags, hint);
    command.addHelpText('after', `\n${helpTail(spec).join('\n')}`);
    command.action(async (database: string | undefined) => {
      const written: Readonly<Record<string, unknown>> = command.opts();
      const values = readOptions(options, (option) =>
        collected(written[made.get(option)?.attributeName() ?? '']),
      );
      done(await run(values, database ?? null, context));
    });
  };
}

/** What was written for an option: a list, or true for a switch. */
function collected(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.map(String);
  return value === true ? [''] : [];
}

/** Answers an option that other tools have and this one does not with what to write instead. */
export function hintAt(command: Command, flags: string, hint: string): void {
  const option = command.createOption(flags).hideHelp();
  command.addOption(option);
  command.on(`option:${option.name()}`, () => {
    throw new UsageError(`there is no option --${option.name()}: ${hint}`);
  });
}

function helpTail({
  examples,
  exitCodes,
}: Pick<CommandSpec<OptionTable>, 'examples' | 'exitCodes'>): string[] {
  // A table without its title and rule.
  const codes = table(
    [{ title: '' }, { title: '' }],
    exitCodes.map(([code, meaning]) => [String(code), meaning]),
  );
  return [
    'Examples:',
    ...examples.flatMap(([line, meaning]) => [`  # ${meaning}`, `  ${line}`]),
    '',
    'Exit codes:',
    ...codes.slice(2).map((line) => `  ${line}`),
  ];
}

/** The exit codes of a command that takes a sample and changes nothing. */
export const SAMPLED: CommandSpec<OptionTable>['exitCodes'] = [
  [EXIT.ok, 'told'],
  [EXIT.critical, 'the server is full and refuses logins'],
  [EXIT.unknown, 'no sample, or only of its own sessions'],
];
