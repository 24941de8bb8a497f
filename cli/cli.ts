import { ConfigurationError } from '../lambda/config/validation.ts';
import { printable } from '../lambda/shared/printable.ts';
import type { Command } from './command.ts';
import { checkCommand } from './commands/check.ts';
import { doctorCommand } from './commands/doctor.ts';
import { sessionsCommand } from './commands/sessions.ts';
import { setupSqlCommand } from './commands/setup-sql.ts';
import { terminateCommand } from './commands/terminate.ts';
import { watchCommand } from './commands/watch.ts';
import type { Context } from './context.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { commandHelp, generalHelp, PROGRAM } from './help.ts';
import { nearest } from './nearest.ts';
import { suggestion } from './options.ts';
import { UsageError } from './usage-error.ts';

/** Every command, in the order of help. */
export const COMMANDS: readonly Command[] = [
  checkCommand,
  watchCommand,
  sessionsCommand,
  terminateCommand,
  doctorCommand,
  setupSqlCommand,
];

/** Runs one command line. Never rejects: what goes wrong is said on standard error, in a line, and in the exit code. */
export async function runCli(argv: readonly string[], context: Context): Promise<ExitCode> {
  try {
    const [word, ...rest] = argv;
    if (word === undefined || word === 'help' || word === '--help' || word === '-h') {
      context.out(helpFor(rest[0]));
      return word === undefined ? EXIT.unknown : EXIT.ok;
    }
    const command = commandNamed(word);
    if (rest.includes('--help') || rest.includes('-h')) {
      context.out(commandHelp(command));
      return EXIT.ok;
    }
    return await command.run(rest, context);
  } catch (error) {
    if (context.signal.aborted) return EXIT.unknown;
    context.err(`${PROGRAM}: ${messageOf(error)}`);
    return EXIT.unknown;
  }
}

function helpFor(word: string | undefined): string {
  return word === undefined ? generalHelp(COMMANDS) : commandHelp(commandNamed(word));
}

function commandNamed(word: string): Command {
  const command = COMMANDS.find(({ name }) => name === word);
  if (command !== undefined) return command;
  if (word === '--once') throw new UsageError('one sample is the command check');
  const near = nearest(
    word,
    COMMANDS.map(({ name }) => name),
  );
  const what = word.startsWith('-') ? 'the command comes first, not' : 'there is no command';
  throw new UsageError(`${what} ${printable(word, 40)}${suggestion(near)} (${PROGRAM} --help lists them)`);
}

/** Mistakes of the configuration have a line each; everything else has one. */
function messageOf(error: unknown): string {
  if (error instanceof ConfigurationError) {
    return error.message
      .split('\n')
      .map((line) => printable(line, 300))
      .join('\n');
  }
  return printable(error instanceof Error ? error.message : String(error), 500);
}
