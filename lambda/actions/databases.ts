import { readFile } from 'node:fs/promises';
import * as v from 'valibot';
import type { Database } from '../config/database.ts';
import { parseEvent } from '../config/event.ts';
import { ConfigurationError } from '../config/validation.ts';
import { printable } from '../shared/printable.ts';

// Whoever invokes the function names a database and nothing else: where it is and how to log in comes from the stack.

const listSchema = v.array(v.looseObject({ name: v.string() }));

/** Known databases that a mistake lists. */
const MOST_LISTED = 50;

/**
 * The entry of a database in the stack's list.
 *
 * @param file the list, as the stack has put it beside the code.
 * @param values what only the deployment knew, by its place: `0.host`, `0.port`, `0.login.secretArn`.
 * @throws {ConfigurationError} when the stack has no database of that name.
 */
export async function findDatabase(
  name: string,
  file: URL,
  values: Readonly<Record<string, string>>,
): Promise<Database> {
  const entries = v.parse(listSchema, JSON.parse(await readFile(file, 'utf8')));
  const index = entries.findIndex((entry) => entry.name === name);
  const entry = entries[index];
  if (entry === undefined) {
    const names = entries.map((known) => known.name);
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
