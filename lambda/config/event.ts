import * as v from 'valibot';
import { type Database, databaseName, databasesSchema, MAX_DATABASES_PER_EVENT } from './database.ts';
import { ConfigurationError, parse, strict } from './validation.ts';

/** An event of 25 databases has some 10 kB; the schedule that sends it may hold 256 kB. */
const MOST = { bytes: 272 * 1024, values: 20_000 } as const;

const eventSchema = strict({
  databases: v.pipe(
    databasesSchema,
    v.maxLength(MAX_DATABASES_PER_EVENT, `at most ${MAX_DATABASES_PER_EVENT} databases in one event`),
  ),
  /** Names of those databases, to check these alone. */
  only: v.optional(v.pipe(v.array(databaseName), v.minLength(1, 'at least one name'))),
});

/** What one invocation works on. */
export interface GuardEvent {
  readonly databases: readonly Database[];
}

/**
 * Checks the event of one invocation.
 *
 * @throws {ConfigurationError}
 */
export function parseEvent(input: unknown): GuardEvent {
  refuseTooMuch(input);
  const { databases, only } = parse(eventSchema, input, 'the event');
  const missing = only?.filter((wanted) => !databases.some((database) => database.name === wanted)) ?? [];
  if (missing.length > 0)
    throw new ConfigurationError('the event', [
      { path: 'only', found: JSON.stringify(missing[0]), allowed: 'names of its databases' },
    ]);
  return { databases: databases.filter((database) => only?.includes(database.name) ?? true) };
}

/** Checked before anything else: every value of an event may be a mistake, and each takes memory to report. */
function refuseTooMuch(input: unknown): void {
  let values = 0;
  const text = JSON.stringify(input, (_key, value: unknown) => {
    values += 1;
    return value;
  });
  const found = (what: string, allowed: string) => {
    throw new ConfigurationError('the event', [{ path: '', found: what, allowed }]);
  };
  const bytes = Buffer.byteLength(text ?? '');
  if (bytes > MOST.bytes) found(`${bytes} bytes`, `at most ${MOST.bytes} bytes`);
  if (values > MOST.values) found(`${values} values`, `at most ${MOST.values} values`);
}
