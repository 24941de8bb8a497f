import { parseArgs } from 'node:util';
import { DURATION_FORMS, parseDuration } from './duration.ts';
import { nearest } from './nearest.ts';
import { UsageError } from './usage-error.ts';

/** One option of a command: what it is called in help, and how what was written becomes a value. */
export interface Option<Value> {
  /** What stands for its value in help; null for a switch, which takes none. */
  readonly placeholder: string | null;
  readonly help: string;
  /**
   * The value of all that was written for it, in order; empty when it was not given.
   *
   * @throws {UsageError}
   */
  read(written: readonly string[], name: string): Value;
}

/** The options of a command by their long name. */
export type OptionTable = Readonly<Record<string, Option<unknown>>>;

/** What {@link parseOptions} gives for a table. */
export type OptionValues<Table extends OptionTable> = {
  readonly [Name in keyof Table]: ReturnType<Table[Name]['read']>;
};

/** A switch. */
export function flag(help: string): Option<boolean> {
  return { placeholder: null, help, read: (written) => written.length > 0 };
}

/** A text; the last one written holds. */
export function text(placeholder: string, help: string): Option<string | undefined> {
  return {
    placeholder,
    help,
    read: (written, name) => {
      // An unset shell variable must not silently mean "wherever the environment says".
      if (written.at(-1) === '') throw needsValue(`--${name}`, placeholder);
      return written.at(-1);
    },
  };
}

/** Texts, by giving the option again or separated by commas; `''` stands for the empty text. */
export function list(placeholder: string, help: string): Option<readonly string[]> {
  return {
    placeholder,
    help,
    read: (written) =>
      written.flatMap((each) => (each === '' ? [''] : each.split(',').filter((part) => part !== ''))),
  };
}

/** One of a few words. */
export function choice<const Word extends string>(
  words: readonly Word[],
  help: string,
): Option<Word | undefined> {
  return {
    placeholder: words.join('|'),
    help,
    read: (written, name) => {
      const last = written.at(-1);
      if (last === undefined) return undefined;
      const word = words.find((each) => each === last);
      if (word !== undefined) return word;
      throw new UsageError(`--${name} takes one of ${words.join(', ')}${suggestion(nearest(last, words))}`);
    },
  };
}

/** A duration, in seconds. */
export function duration(
  help: string,
  range: { readonly minimum?: number; readonly maximum?: number } = {},
): Option<number | undefined> {
  const { minimum = 0, maximum = 365 * 86_400 } = range;
  return {
    placeholder: 'duration',
    help,
    read: (written, name) => {
      const last = written.at(-1);
      if (last === undefined) return undefined;
      const seconds = parseDuration(last);
      if (seconds === null) throw new UsageError(`--${name} takes ${DURATION_FORMS}, not ${quote(last)}`);
      if (seconds >= minimum && seconds <= maximum) return seconds;
      throw new UsageError(`--${name} takes ${minimum} to ${maximum} seconds, not ${quote(last)}`);
    },
  };
}

/** A whole number in a range, both ends allowed. */
export function count(help: string, minimum: number, maximum: number): Option<number | undefined> {
  return {
    placeholder: 'n',
    help,
    read: (written, name) => {
      const last = written.at(-1);
      if (last === undefined) return undefined;
      const value = /^\d{1,9}$/.test(last) ? Number(last) : Number.NaN;
      if (value >= minimum && value <= maximum) return value;
      throw new UsageError(
        `--${name} takes a whole number from ${minimum} to ${maximum}, not ${quote(last)}`,
      );
    },
  };
}

/**
 * Reads `argv` against a table of options.
 *
 * @param hints what to say of options that other tools have and this one does not, by name.
 * @throws {UsageError} for an unknown option (with the nearest right one), a missing or a superfluous value.
 */
export function parseOptions<Table extends OptionTable>(
  table: Table,
  argv: readonly string[],
  causes: Readonly<Record<string, string>> = {},
): { readonly values: OptionValues<Table>; readonly positionals: readonly string[] } {
  const written = new Map<string, string[]>();
  const positionals: string[] = [];
  for (const token of tokensOf(table, argv)) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const option = Object.hasOwn(table, token.name) ? table[token.name] : undefined;
    if (option === undefined) throw unknownOption(token.rawName, table, causes);
    written.set(token.name, [...(written.get(token.name) ?? []), valueFrom(token, option)]);
  }
  const entries = Object.entries(table).map(([name, option]) => [
    name,
    option.read(written.get(name) ?? [], name),
  ]);
  // Object.fromEntries cannot know that each entry was read by the option of its own name; the line above shows it.
  return { values: Object.fromEntries(entries) as OptionValues<Table>, positionals };
}

function tokensOf(table: OptionTable, argv: readonly string[]) {
  const options: Record<string, { type: 'boolean' | 'string' }> = {};
  for (const [name, { placeholder }] of Object.entries(table)) {
    options[name] = { type: placeholder === null ? 'boolean' : 'string' };
  }
  return parseArgs({ args: [...argv], options, strict: false, tokens: true, allowPositionals: true }).tokens;
}

interface OptionToken {
  readonly rawName: string;
  readonly value: string | undefined;
  readonly inlineValue: boolean | undefined;
}

function valueFrom(token: OptionToken, option: Option<unknown>): string {
  const { rawName, value, inlineValue } = token;
  if (option.placeholder === null) {
    if (value !== undefined) throw new UsageError(`${rawName} is a switch and takes no value`);
    return '';
  }
  // `--config --json`: the value was forgotten, not `--json` meant as a file name.
  if (value === undefined || (inlineValue !== true && /^--?[a-z]/i.test(value))) {
    throw needsValue(rawName, option.placeholder);
  }
  return value;
}

function needsValue(rawName: string, placeholder: string): UsageError {
  return new UsageError(`${rawName} needs a value: ${rawName} <${placeholder}>`);
}

function unknownOption(
  rawName: string,
  table: OptionTable,
  causes: Readonly<Record<string, string>>,
): UsageError {
  const name = rawName.replace(/^-+/, '');
  const hint = Object.hasOwn(causes, name) ? causes[name] : undefined;
  if (hint !== undefined) return new UsageError(`there is no option ${rawName}: ${hint}`);
  const near = nearest(name, Object.keys(table));
  return new UsageError(`there is no option ${rawName}${suggestion(near === null ? null : `--${near}`)}`);
}

/** `; did you mean X?`, or nothing. */
export function suggestion(word: string | null): string {
  return word === null ? '' : `; did you mean ${word}?`;
}

function quote(written: string): string {
  return `'${written.slice(0, 40)}'`;
}
