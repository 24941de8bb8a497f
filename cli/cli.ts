import { Command, CommanderError } from 'commander';
import { ConfigurationError } from '../lambda/config/validation.ts';
import { printable } from '../lambda/shared/printable.ts';
import packageJson from '../package.json' with { type: 'json' };
import { type AddCommand, hintAt, PROGRAM } from './command.ts';
import { checkCommand } from './commands/check.ts';
import { doctorCommand } from './commands/doctor.ts';
import { headroomCommand } from './commands/headroom.ts';
import { historyCommand } from './commands/history.ts';
import { notifyTestCommand } from './commands/notify-test.ts';
import { sessionsCommand } from './commands/sessions.ts';
import { setupSqlCommand } from './commands/setup-sql.ts';
import { sizeCommand } from './commands/size.ts';
import { terminateCommand } from './commands/terminate.ts';
import { watchCommand } from './commands/watch.ts';
import type { Context } from './context.ts';
import { EXIT, type ExitCode } from './exit-code.ts';

/** Every command, in the order of help. */
const COMMANDS: readonly AddCommand[] = [
  checkCommand,
  watchCommand,
  sessionsCommand,
  terminateCommand,
  headroomCommand,
  sizeCommand,
  historyCommand,
  notifyTestCommand,
  doctorCommand,
  setupSqlCommand,
];

/** Help is not set wider than this, nor for a pipe. */
const HELP_WIDTH = 110;

const WHERE = `
Where to connect, the first that says something: -h -p -U -d, --url, the service named (a section of ~/.pg_service.conf)
or PGSERVICE, PGHOST PGPORT PGUSER PGPASSWORD PGDATABASE PGSSLMODE and the others of libpq, the local Unix socket. A name
is looked up in guard.config.ts first, then among the services. The password may stand in ~/.pgpass; at a terminal it is
asked for. TLS is verified, certificate and host name, unless sslmode=disable says otherwise: every other sslmode means
verify-full here. A Unix socket needs none.

Exit codes: 0 ok, 1 warning, 2 critical or full, 3 no sample. NO_COLOR is respected.

${PROGRAM} <command> --help says more of each.`;

/** Runs one command line. Never rejects: what goes wrong is said on standard error, in a line, and in the exit code. */
export async function runCli(argv: readonly string[], context: Context): Promise<ExitCode> {
  let code: ExitCode = EXIT.unknown;
  const program = programFor(context);
  for (const add of COMMANDS) {
    add(program, context, (given) => {
      code = given;
    });
  }
  try {
    await program.parseAsync(argv, { from: 'user' });
    return code;
  } catch (error) {
    if (context.signal.aborted) return EXIT.unknown;
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok;
    // Without a command commander has printed the help.
    if (!(error instanceof CommanderError && error.code === 'commander.help')) {
      context.err(`${PROGRAM}: ${messageOf(error)}`);
    }
    return EXIT.unknown;
  }
}

function programFor({ out, err, screen }: Context): Command {
  const program = new Command(PROGRAM)
    .description(
      'Which sessions hold the connection slots of a PostgreSQL server, and how to get some back. Needs no AWS.',
    )
    .version(packageJson.version, '-V, --version', 'show the version')
    .helpOption('-h, --help', 'show this help')
    .addHelpText('after', WHERE)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => out(text.trimEnd()),
      writeErr: (text) => err(text.trimEnd()),
      // Errors are told in one place, by runCli.
      outputError: () => {},
      getOutHelpWidth: () => Math.min(HELP_WIDTH, screen.width ?? HELP_WIDTH),
      getErrHelpWidth: () => HELP_WIDTH,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
  hintAt(program, '--once', 'one sample is the command check');
  return program;
}

/** Mistakes of the configuration have a line each; everything else has one. */
function messageOf(error: unknown): string {
  if (error instanceof ConfigurationError) {
    return error.message
      .split('\n')
      .map((line) => printable(line, 300))
      .join('\n');
  }
  // Commander's messages begin so, and have a suggestion on a line of its own.
  const text =
    error instanceof Error ? error.message.replace(/^error: /, '').replaceAll('\n', ' ') : String(error);
  return printable(text, 500);
}
