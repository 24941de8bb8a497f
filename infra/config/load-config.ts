import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ConfigurationError } from '../../lambda/config/validation.ts';
import { type Config, parseConfig } from './parse-config.ts';

/**
 * Reads and checks a configuration file: JSON, or a module (TypeScript when run by tsx) with a default export.
 *
 * @param path relative to the working directory.
 * @throws {ConfigurationError} with every mistake at once, or when there is no such file.
 */
export async function loadConfig(path: string): Promise<Config> {
  return parseConfig(path.endsWith('.json') ? await readJson(path) : await importDefault(path), path);
}

async function readJson(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => notThere(path, cause));
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ConfigurationError(path, [
      { path: '', found: error instanceof Error ? error.message : 'something else', allowed: 'JSON' },
    ]);
  }
}

async function importDefault(path: string): Promise<unknown> {
  const url = pathToFileURL(resolve(path));
  await readFile(url).catch((cause: unknown) => notThere(path, cause));
  const module: unknown = await import(url.href);
  return typeof module === 'object' && module !== null && 'default' in module ? module.default : undefined;
}

function notThere(path: string, cause: unknown): never {
  if (!(cause instanceof Error && 'code' in cause && cause.code === 'ENOENT')) throw cause;
  throw new ConfigurationError(path, [
    { path: '', found: 'no such file', allowed: 'a .ts or .json file; -c config=path names another' },
  ]);
}
