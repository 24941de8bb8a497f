import { type ParseArgsConfig, parseArgs } from 'node:util';
import { UsageError } from '../../cli/usage-error.ts';
import { runToEnd } from '../run-to-end.ts';
import { Interrupted, interruption } from './interruption.ts';

/** A program of this folder, as `npm run` starts it. */
export interface Program<Options> {
  /** What `--help` prints. */
  readonly usage: string;
  /** Reads the command line. Throws {@link UsageError}. */
  parse(args: readonly string[]): Options;
  /** Resolves to the exit status; rejects with the signal's reason when that aborts. */
  run(options: Options, signal: AbortSignal): Promise<number>;
}

/** Runs it with the arguments of the process. A mistake in them exits with 2, an interruption as the shell expects it. */
export async function runProgram<Options extends { readonly help: boolean }>(
  program: Program<Options>,
): Promise<void> {
  await runToEnd(async () => {
    const signal = interruption();
    try {
      const options = program.parse(process.argv.slice(2));
      if (!options.help) return await program.run(options, signal);
      process.stdout.write(program.usage);
      return 0;
    } catch (error) {
      if (signal.aborted && signal.reason instanceof Interrupted) return signal.reason.status;
      if (!(error instanceof UsageError)) throw error;
      process.stderr.write(`${error.message}\n\n${program.usage}`);
      return 2;
    }
  });
}

/** The options given. @throws {UsageError} for one that is not known, or has no value. */
export function givenOptions<const Known extends NonNullable<ParseArgsConfig['options']>>(
  args: readonly string[],
  options: Known,
) {
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
