import { digestOf, needsPin } from '../lambda/config/pins.ts';
import { ConfigurationError } from '../lambda/config/validation.ts';
import type { WatchedDatabase } from './resolve-databases.ts';
import { eventsOf } from './schedule.ts';
import { unknownValues } from './unknown-values.ts';

/**
 * The most that the pins may take. All variables of a function have 4 kB together (Lambda developer guide, "Lambda
 * quotas"); the others take about 1 kB.
 */
const MAX_BYTES = 2800;

/**
 * The events that may turn TLS off, terminate, or send a secret to a host that it does not name: those of the
 * schedules. An event of 25 databases takes some 40 bytes, so that 500 databases fit; hosts, ports and secrets that only the deployment
 * knows have no digest yet, and are listed.
 *
 * @throws {ConfigurationError} when they do not fit into the function's environment.
 */
export function pinnedEvents(databases: readonly WatchedDatabase[], databasesPerRun: number): string {
  let unknown = 0;
  const pins = eventsOf(databases, databasesPerRun).flatMap((event, index) => {
    const members = databases.slice(index * databasesPerRun, (index + 1) * databasesPerRun);
    if (!members.some(({ settings }) => needsPin(settings))) return [];
    const { values, bytes } = unknownValues(event.databases);
    unknown += bytes;
    const places = Object.keys(values);
    return [{ digest: digestOf(event.databases, places), ...(places.length > 0 && { values }) }];
  });
  const bytes = 40 * pins.length + unknown;
  if (bytes > MAX_BYTES)
    throw new ConfigurationError('ConnectionGuard', [
      {
        path: 'databases',
        found: `about ${bytes} bytes of what the function has to know of its events`,
        allowed: `at most ${MAX_BYTES}: name hosts and secrets as text instead of references, use IAM login, or make databasesPerRun larger`,
      },
    ]);
  return JSON.stringify(pins);
}
