import { loadConfig } from '../../infra/config/load-config.ts';
import type { DatabaseInput } from '../../lambda/config/database.ts';
import { UsageError } from '../usage-error.ts';

/**
 * The entry of a database in the configuration file, its defaults merged in.
 *
 * @throws {UsageError | ConfigurationError}
 */
export async function loadDatabase(name: string, file: string, cwd: string): Promise<DatabaseInput> {
  const { databases } = await loadConfig(file, cwd);
  const entry = databases.find(({ input }) => input.name === name);
  if (entry === undefined) {
    const names = databases.map(({ input }) => input.name);
    throw new UsageError(`${file} has no database ${name}; it has ${names.join(', ')}`);
  }
  if (entry.lookup !== null) {
    throw new UsageError(
      `${file} finds the host of ${name} at synth; give it here with --url postgres://user@host/database`,
    );
  }
  return entry.input;
}
