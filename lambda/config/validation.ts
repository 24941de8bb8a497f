import { closest, distance } from 'fastest-levenshtein';
import * as v from 'valibot';
import { GuardError } from '../shared/guard-error.ts';
import { printable } from '../shared/printable.ts';

// The parts that every schema of the project is made of, and the one format of its error messages.

/** An object without keys that the schema does not name; the message of an unknown key lists those it does. */
export function strict<const Entries extends v.ObjectEntries>(entries: Entries) {
  const keys = Object.keys(entries);
  return v.strictObject(entries, (issue) =>
    issue.expected === 'Object'
      ? `an object with ${keys.join(', ')}`
      : issue.expected === 'never'
        ? onlyKeys(keys, String(issue.path?.at(-1)?.key))
        : 'a value, for it is required',
  );
}

/** What is said of an unknown key: the one that is probably meant, where one is like it, and all that there are. */
export function onlyKeys(keys: readonly string[], unknown: string): string {
  const nearest = closest(unknown, keys);
  const [is, meant] = [unknown.toLowerCase(), nearest.toLowerCase()];
  // Letters in another order count twice as misspelt, which is too much for a short word.
  const isNear = distance(is, meant) <= is.length * MOST_MISSPELT || sorted(is) === sorted(meant);
  return `${isNear ? `${nearest}, if that is meant: ` : ''}only ${keys.join(', ')}`;
}

function sorted(word: string): string {
  return Array.from(word).sort().join('');
}

/** The share of a key that may be misspelt: more makes it another word. */
const MOST_MISSPELT = 0.34;

/** A whole number in a range, both ends allowed. */
export function wholeNumber(minimum: number, maximum: number) {
  const allowed = `a whole number from ${minimum} to ${maximum}`;
  return v.pipe(
    v.number(allowed),
    v.check((value) => Number.isInteger(value) && value >= minimum && value <= maximum, allowed),
  );
}

/** A duration in seconds, fractions allowed. */
export function duration(minimum: number, maximum: number) {
  const allowed = `a number of seconds from ${minimum} to ${maximum}`;
  return v.pipe(
    v.number(allowed),
    v.check((value) => value >= minimum && value <= maximum, allowed),
  );
}

/** A role or database name as PostgreSQL allows it: at most 63 bytes (NAMEDATALEN - 1), no NUL. */
export const identifier = v.pipe(
  v.string(),
  v.check(
    (value) => value !== '' && !value.includes('\0') && Buffer.byteLength(value) <= 63,
    '1 to 63 bytes without NUL',
  ),
);

/** One thing wrong with a configuration or an event. */
export interface Mistake {
  /** Where: `databases[0].thresholds.warning`; empty for the whole. */
  readonly path: string;
  /** What was found there, shortened; never the values of an object. */
  readonly found: string;
  /** What is allowed there. */
  readonly allowed: string;
}

/** More mistakes than these are counted in the message, not listed. */
const MOST_TOLD = 100;

/** Thrown with every mistake of a configuration or an event at once. */
export class ConfigurationError extends GuardError {
  override readonly name = 'ConfigurationError';
  readonly mistakes: readonly Mistake[];

  constructor(source: string, mistakes: readonly Mistake[]) {
    const lines = mistakes
      .slice(0, MOST_TOLD)
      .map(({ path, found, allowed }) => `  ${path || '(all)'}: found ${found}; allowed: ${allowed}`);
    if (mistakes.length > MOST_TOLD) lines.push(`  and ${mistakes.length - MOST_TOLD} more`);
    super(
      `${source} has ${mistakes.length === 1 ? 'a mistake' : `${mistakes.length} mistakes`}:\n${lines.join('\n')}`,
    );
    this.mistakes = mistakes;
  }
}

/**
 * Checks `input` against `schema` and fills in the defaults.
 *
 * @param source what the input is called in the message: a file name, or "the event".
 * @throws {ConfigurationError} with all mistakes at once, each with its path, what was found and what is allowed.
 */
export function parse<Schema extends v.GenericSchema>(
  schema: Schema,
  input: unknown,
  source: string,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, input);
  if (result.success) return result.output;
  throw new ConfigurationError(source, result.issues.map(mistakeOf));
}

function mistakeOf(issue: v.BaseIssue<unknown>): Mistake {
  return {
    path: pathOf(issue.path ?? []),
    // A check of the whole object may point at one of its values. Of an unknown key only the name is shown.
    found: shown(issue.expected === 'never' || !issue.path ? issue.input : issue.path.at(-1)?.value),
    allowed: issue.message.startsWith('Invalid ') ? (issue.expected ?? issue.message) : issue.message,
  };
}

/** What was found, shortened. The values in an object are not shown: one of them may be a password. */
function shown(input: unknown): string {
  if (input === undefined) return 'nothing';
  if (Array.isArray(input)) return `a list of ${input.length}`;
  if (typeof input === 'object' && input !== null)
    return printable(`an object with ${Object.keys(input).slice(0, 20).join(', ') || 'nothing in it'}`, 200);
  return printable(JSON.stringify(input) ?? typeof input, 80);
}

function pathOf(path: readonly { readonly key?: unknown }[]): string {
  return path.reduce((text, { key }) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    const word = printable(String(key), 60);
    return text === '' ? word : `${text}.${word}`;
  }, '');
}
