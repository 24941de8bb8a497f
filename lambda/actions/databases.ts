import { readFile } from 'node:fs/promises';
import * as v from 'valibot';
import type { Database } from '../config/database.ts';
import { parseEvent } from '../config/event.ts';
import { type PinnedProfiles, trustedIn } from '../config/pins.ts';
import { ConfigurationError } from '../config/validation.ts';
import { printable } from '../shared/printable.ts';

// Whoever invokes the function names a database and nothing else: how to log in, and where that may be, comes from the
// stack.

const listSchema = v.array(v.looseObject({ name: v.string() }));

/** Known databases that a mistake lists. */
const MOST_LISTED = 50;

/** Where the databases of the stack stand. */
export interface Known {
  /** The list of those that are configured, as the stack has put it beside the code. */
  readonly file: URL;
  /** What only the deployment knew of them, by its place: `0.host`, `0.port`, `0.login.secretArn`. */
  readonly values: Readonly<Record<string, string>>;
  /** What discovery may have had watched, and how. */
  readonly profiles: PinnedProfiles;
  /** What discovery says that it has had watched; anything, where somebody has edited the table. */
  discovered(this: void): Promise<unknown>;
}

/**
 * A database by its name: of the stack's list, or else one that discovery has found and that is watched under a profile of
 * the stack, within its domain.
 *
 * @throws {ConfigurationError} when there is none of that name.
 */
export async function findDatabase(
  name: string,
  { file, values, profiles, discovered }: Known,
): Promise<Database> {
  const entries = v.parse(listSchema, JSON.parse(await readFile(file, 'utf8')));
  const index = entries.findIndex((entry) => entry.name === name);
  const found = index === -1 && profiles.digests.length > 0 ? v.parse(listSchema, await discovered()) : [];
  // Whoever may update the table may have written the list: what a profile does not say is not taken.
  const trusted = found.filter((entry) => trustedIn({ databases: [entry] }, [], profiles).size > 0);
  const entry = entries[index] ?? trusted.find((other) => other.name === name);
  if (entry === undefined) {
    const names = [...entries, ...trusted].map((other) => other.name);
    const more = names.length > MOST_LISTED ? ` and ${names.length - MOST_LISTED} more` : '';
    throw new ConfigurationError('the request', [
      {
        path: 'database',
        found: JSON.stringify(printable(name, 100)),
        allowed: `${names.slice(0, MOST_LISTED).join(', ')}${more}`,
      },
    ]);
  }
  const known = Object.entries(values).filter(([place]) => place.startsWith(`${index}.`));
  const whole = known.reduce<unknown>(
    (filled, [place, value]) => withValue(filled, place.split('.').slice(1), value),
    entry,
  );
  const [database] = parseEvent({ databases: [whole] }).databases;
  if (database === undefined) throw new Error('an event of one database has none');
  return database;
}

function withValue(into: unknown, [key, ...rest]: readonly string[], value: string): unknown {
  if (key === undefined) return value;
  const record = typeof into === 'object' && into !== null ? into : {};
  const inner = withValue(Object.entries(record).find(([name]) => name === key)?.[1], rest, value);
  return { ...record, [key]: key === 'port' ? Number(inner) : inner };
}
