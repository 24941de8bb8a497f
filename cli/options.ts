import { Option } from 'commander';
import { DURATION_FORMS, parseDuration } from './duration.ts';
import { UsageError } from './usage-error.ts';

/** One option of a command: commander finds it, `read` says what comes of it. */
export interface OptionSpec<Value> {
  /** As commander has them: `-p, --port <port>`. */
  readonly flags: string;
  readonly help: string;
  /** The heading in help. */
  readonly group?: string;
  /**
   * The value of all that was written for it, in order; empty when it was not given, one empty text for a switch.
   *
   * @throws {UsageError}
   */
  readonly read: (written: readonly string[]) => Value;
}

/** The options of a command by the name of their value. */
export type OptionTable = Readonly<Record<string, OptionSpec<unknown>>>;

/** The values of a table. */
export type OptionValues<Table extends OptionTable> = {
  readonly [Name in keyof Table]: ReturnType<Table[Name]['read']>;
};

/** The same options under a heading of their own in help. */
export function grouped<Table extends OptionTable>(group: string, table: Table): Table {
  const entries = Object.entries(table).map(([name, spec]) => [name, { ...spec, group }]);
  // Object.fromEntries cannot know that every entry keeps its name and type; the line above shows it.
  return Object.fromEntries(entries) as Table;
}

/** The option as commander takes it, collecting what is written. */
export function commanderOption({ flags, help, group }: OptionSpec<unknown>): Option {
  const option = new Option(flags, help);
  if (option.required)
    option.argParser((written, before: string[] | undefined) => [...(before ?? []), written]);
  return group === undefined ? option : option.helpGroup(`${group}:`);
}

/** The values of a table from what commander has collected by option. */
export function readOptions<Table extends OptionTable>(
  table: Table,
  collected: (spec: OptionSpec<unknown>) => readonly string[],
): OptionValues<Table> {
  const entries = Object.entries(table).map(([name, spec]) => [name, spec.read(collected(spec))]);
  // Object.fromEntries cannot know that each entry was read by the option of its own name; the line above shows it.
  return Object.fromEntries(entries) as OptionValues<Table>;
}

/** A switch. */
export function flag(flags: string, help: string): OptionSpec<boolean> {
  return { flags, help, read: (written) => written.length > 0 };
}

/** A text; the last one written holds. */
export function text(flags: string, help: string): OptionSpec<string | undefined> {
  return single(flags, help, (written) => {
    if (written === '') throw new UsageError(`option '${flags}' argument missing`);
    return written;
  });
}

/** Texts, by commas or by repetition. */
export function list(flags: string, help: string): OptionSpec<readonly string[]> {
  return { flags, help, read: (written) => written.flatMap((each) => given(flags, each).split(',')) };
}

/** One of some words. */
export function choice<const Word extends string>(
  flags: string,
  words: readonly Word[],
  help: string,
): OptionSpec<Word | undefined> {
  return single(flags, help, (written) => {
    const word = words.find((each) => each === written);
    if (word !== undefined) return word;
    throw takes(flags, `one of ${words.join(', ')}`, written);
  });
}

/** A duration, in seconds. */
export function duration(
  flags: string,
  help: string,
  { minimum = 0, maximum = 365 * 86_400 }: { readonly minimum?: number; readonly maximum?: number } = {},
): OptionSpec<number | undefined> {
  return single(flags, help, (written) => {
    const seconds = parseDuration(written);
    if (seconds === null) throw takes(flags, DURATION_FORMS, written);
    if (seconds >= minimum && seconds <= maximum) return seconds;
    throw takes(flags, `${minimum} to ${maximum} seconds`, written);
  });
}

/** A whole number in a range, both ends allowed. */
export function count(
  flags: string,
  help: string,
  minimum: number,
  maximum: number,
): OptionSpec<number | undefined> {
  return single(flags, help, (written) => {
    const value = /^\d{1,9}$/.test(written) ? Number(written) : Number.NaN;
    if (value >= minimum && value <= maximum) return value;
    throw takes(flags, `a whole number from ${minimum} to ${maximum}`, written);
  });
}

/** The last one written holds. */
function single<Value>(
  flags: string,
  help: string,
  parse: (written: string) => Value,
): OptionSpec<Value | undefined> {
  return {
    flags,
    help,
    read: (written) => {
      const last = written.at(-1);
      return last === undefined ? undefined : parse(given(flags, last));
    },
  };
}

/** `--config --json`: the value was forgotten; `--json` is not a file's name. */
function given(flags: string, written: string): string {
  if (/^--[a-z]/.test(written)) throw new UsageError(`option '${flags}' argument missing before ${written}`);
  return written;
}

function takes(flags: string, allowed: string, written: string): UsageError {
  const name = flags.replace(/^-., /, '').replace(/ .*/, '');
  return new UsageError(`${name} takes ${allowed}, not '${written.slice(0, 40)}'`);
}
