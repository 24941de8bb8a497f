import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ConfigurationError } from '../../lambda/config/validation.ts';
import { printable } from '../../lambda/shared/printable.ts';
import { type Config, parseConfig } from './parse-config.ts';

/**
 * Reads and checks a configuration file: JSON, or a module (TypeScript on every Node, by jiti) with a default export.
 *
 * @param path relative to the working directory; stands in the messages as it is.
 * @throws {ConfigurationError} with every mistake at once, or when there is no such file or it cannot be read.
 */
export async function loadConfig(path: string, cwd = process.cwd()): Promise<Config> {
  return parseConfig(await contentOf(resolve(cwd, path), path), path);
}

async function contentOf(file: string, path: string): Promise<unknown> {
  try {
    const text = await readFile(file, 'utf8');
    if (file.endsWith('.json')) return JSON.parse(text);
    // Loaded only here: it takes longer to load than a sample takes. Nothing is written to disk.
    const { createJiti } = await import('jiti');
    const module = await createJiti(import.meta.url, { fsCache: false, tryNative: true }).import(file);
    return typeof module === 'object' && module !== null && 'default' in module ? module.default : undefined;
  } catch (error) {
    throw new ConfigurationError(path, [whyNot(error, file)]);
  }
}

function whyNot(error: unknown, file: string) {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT' && 'path' in error) {
    if (error.path === file) return { path: '', found: 'no such file', allowed: 'a .ts, .mjs or .json file' };
  }
  const isJson = file.endsWith('.json');
  const text = error instanceof Error ? error.message : String(error);
  // The parser of modules writes the place on a line of its own; what they throw has it in its stack.
  const [, after = ''] =
    error instanceof Error && !('code' in error) ? (error.stack ?? '').split(`${file}:`) : [];
  const [place] = /^\d+:\d+/.exec(after) ?? [];
  const words = isJson ? text.replace(/\s+/g, ' ') : (text.split('\n')[0] ?? '').trim();
  return {
    path: '',
    found: printable(place === undefined ? words : `${words}, at ${place}`, 200),
    allowed: isJson ? 'JSON' : 'a module with export default defineConfig({ ... })',
  };
}
