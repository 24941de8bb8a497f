import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseConfig } from '../../infra/config/parse-config.ts';
import type { DatabaseInput } from '../../lambda/config/database.ts';
import { nearest } from '../nearest.ts';
import { suggestion } from '../options.ts';
import { UsageError } from '../usage-error.ts';

/**
 * The entry of a database in the configuration file, its defaults merged in.
 *
 * @throws {UsageError | ConfigurationError}
 */
export async function loadDatabase(name: string, file: string, cwd: string): Promise<DatabaseInput> {
  const { databases } = parseConfig(await contentOf(resolve(cwd, file), file), file);
  const entry = databases.find(({ input }) => input.name === name);
  if (entry === undefined) {
    const names = databases.map(({ input }) => input.name);
    const near = nearest(name, names);
    throw new UsageError(
      `${file} has no database ${name}${near === null ? `; it has ${names.join(', ')}` : suggestion(near)}`,
    );
  }
  if (entry.lookup !== null) {
    throw new UsageError(
      `${file} finds the host of ${name} at synth; give it here with --url postgres://user@host/database`,
    );
  }
  return entry.input;
}

async function contentOf(path: string, file: string): Promise<unknown> {
  try {
    if (path.endsWith('.json')) return JSON.parse(await readFile(path, 'utf8'));
    const module: unknown = await import(pathToFileURL(path).href);
    if (typeof module === 'object' && module !== null && 'default' in module) return module.default;
  } catch (cause) {
    throw new UsageError(whyNot(cause, path, file), { cause });
  }
  throw new UsageError(`${file} has no default export: write export default defineConfig({ ... })`);
}

function whyNot(cause: unknown, path: string, file: string): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : null;
  const words = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause);
  if (code === 'ERR_UNKNOWN_FILE_EXTENSION') {
    return `${file} is TypeScript, which Node reads from 22.18 on (this is ${process.versions.node}); use a newer Node, or a .json or .mjs file`;
  }
  if ((code === 'ERR_MODULE_NOT_FOUND' || code === 'ENOENT') && words.includes(path)) {
    return `there is no ${file} here; name another with --config`;
  }
  return `${file} cannot be read: ${words}`;
}
