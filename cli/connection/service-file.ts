import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../usage-error.ts';
import type { Environment } from './environment.ts';
import type { Layer } from './settings.ts';

/**
 * What the connection service file says of the service that PGSERVICE names; null when PGSERVICE is not set
 * (PostgreSQL documentation, "The Connection Service File").
 *
 * @throws {UsageError} when no file has the service.
 */
export async function serviceLayer(env: Environment, home: string): Promise<Layer | null> {
  const name = env['PGSERVICE'];
  if (name === undefined || name === '') return null;
  const files = [env['PGSERVICEFILE'] || join(home, '.pg_service.conf')];
  const systemDirectory = env['PGSYSCONFDIR'];
  if (systemDirectory) files.push(join(systemDirectory, 'pg_service.conf'));
  const known: string[] = [];
  for (const file of files) {
    const services = parseServices(await contentOf(file));
    const found = services.get(name);
    if (found !== undefined) return found;
    known.push(...services.keys());
  }
  throw new UsageError(
    `PGSERVICE names '${name}', which ${files.join(' and ')} ${files.length === 1 ? 'does' : 'do'} not have${known.length === 0 ? '' : `; known: ${known.join(', ')}`}`,
  );
}

/** Services by name: `[name]`, then `key=value` lines; `#` begins a comment line. */
export function parseServices(content: string): Map<string, Layer> {
  const services = new Map<string, Record<string, string>>();
  let current: Record<string, string> | null = null;
  for (const raw of content.split('\n')) {
    const line = raw.trim();
    const heading = /^\[(.*)\]$/.exec(line)?.[1];
    if (heading !== undefined) {
      current = services.get(heading) ?? {};
      services.set(heading, current);
    } else if (current !== null && !line.startsWith('#')) {
      const at = line.indexOf('=');
      if (at > 0) current[line.slice(0, at).trim()] = line.slice(at + 1).trim();
    }
  }
  return services;
}

/** A file that is not there has no services; one that cannot be read is a mistake to tell. */
async function contentOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return '';
    throw new UsageError(`the service file ${file} cannot be read`, { cause });
  }
}
