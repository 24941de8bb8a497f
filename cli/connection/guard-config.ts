import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import { loadConfig } from '../../infra/config/load-config.ts';
import type { Config, ConfiguredDatabase } from '../../infra/config/parse-config.ts';
import type { DatabaseInput } from '../../lambda/config/database.ts';
import { UsageError } from '../usage-error.ts';

/** The configuration that names are looked up in, where no other is named. */
export const CONFIG_FILE = 'guard.config.ts';

/**
 * Every database of a configuration file, its defaults merged in.
 *
 * @param file null: {@link CONFIG_FILE}, which need not be there.
 * @throws {ConfigurationError}
 */
export async function configuredDatabases(
  file: string | null,
  cwd: string,
): Promise<readonly ConfiguredDatabase[]> {
  return (await configuration(file, cwd))?.databases ?? [];
}

/**
 * A configuration file; null where none is named and {@link CONFIG_FILE} is not there.
 *
 * @throws {ConfigurationError}
 */
export async function configuration(file: string | null, cwd: string): Promise<Config | null> {
  if (file === null && !(await isThere(resolve(cwd, CONFIG_FILE)))) return null;
  return await loadConfig(file ?? CONFIG_FILE, cwd);
}

/**
 * What the configuration says of one database, its host looked up at synth or not.
 *
 * @throws {UsageError | ConfigurationError}
 */
export async function configuredInput(
  name: string,
  file: string | null,
  cwd: string,
): Promise<DatabaseInput> {
  const databases = await configuredDatabases(file, cwd);
  const found = databases.find(({ input }) => input.name === name);
  if (found !== undefined) return found.input;
  throw new UsageError(`${file ?? CONFIG_FILE} has no database ${name}`);
}

/**
 * One of them, as the function would have it.
 *
 * @throws {UsageError} when its host is only known at synth.
 */
export function inputOf({ input, lookup }: ConfiguredDatabase): DatabaseInput {
  if (lookup === null) return input;
  throw new UsageError(
    `the host of ${input.name} is looked up at synth; name it here with --host, or --url postgres://user@host/database`,
  );
}

async function isThere(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
