import type { Context } from '../context.ts';
import { UsageError } from '../usage-error.ts';
import { configuredConnection } from './configured.ts';
import type { Connection, Override } from './connection.ts';
import { givenConnection } from './given.ts';
import { CONFIG_FILE, configuredDatabases, inputOf } from './guard-config.ts';
import type { ConnectionValues } from './options.ts';
import { mustBeReadable } from './readable-file.ts';
import { readServices } from './service-file.ts';

/**
 * Finds out where to connect: to the database of the configuration file or the service that was named, or where the
 * options, PGSERVICE and libpq's environment variables say.
 *
 * @throws {UsageError | ConfigurationError}
 */
export async function connectionFor(
  values: ConnectionValues,
  name: string | null,
  override: Override,
  context: Context,
): Promise<Connection> {
  if (values.caFile !== undefined) await mustBeReadable(values.caFile, '--ca-file');
  if (name === null) {
    if (values.config !== undefined) throw new UsageError('--config needs the name of one of its databases');
    return await givenConnection(values, null, override, context);
  }
  const databases = await configuredDatabases(values.config ?? null, context.cwd);
  const configured = databases.find(({ input }) => input.name === name);
  if (configured !== undefined) {
    const given = (['host', 'port', 'dbname', 'url'] as const).find((key) => values[key] !== undefined);
    if (given !== undefined) throw new UsageError(`name either ${name} or --${given}, not both`);
    return await configuredConnection(inputOf(configured), values, override, context);
  }
  if (values.config !== undefined || databases.length > 0) {
    const { layers } = await readServices(context.env, context.home);
    if (values.config !== undefined || !layers.has(name)) {
      const names = databases.map(({ input }) => input.name).join(', ');
      throw new UsageError(`${values.config ?? CONFIG_FILE} has no database ${name}; it has ${names}`);
    }
  }
  return await givenConnection(values, name, override, context);
}
