import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../usage-error.ts';
import type { Environment } from './environment.ts';
import type { Layer } from './settings.ts';

/** The services of the connection service files, and the files that were read for them. */
export interface Services {
  readonly layers: ReadonlyMap<string, Layer>;
  readonly files: readonly string[];
}

/**
 * Every service of the user's and the system's connection service file (PostgreSQL documentation, "The Connection
 * Service File").
 *
 * @throws {UsageError} for a file that is there and cannot be read.
 */
export async function readServices(env: Environment, home: string): Promise<Services> {
  const files = [env['PGSERVICEFILE'] || join(home, '.pg_service.conf')];
  const systemDirectory = env['PGSYSCONFDIR'];
  if (systemDirectory) files.push(join(systemDirectory, 'pg_service.conf'));
  const found = await Promise.all(files.map(async (file) => parseServices(await contentOf(file))));
  // The user's file comes first, so its services replace the system's.
  return { layers: new Map(found.reverse().flatMap((services) => [...services])), files };
}

/**
 * What the files say of one service.
 *
 * @throws {UsageError} when none has it.
 */
export function serviceNamed(name: string, { layers, files }: Services): Layer {
  const layer = layers.get(name);
  if (layer !== undefined) return layer;
  const known = layers.size === 0 ? 'no service' : [...layers.keys()].join(', ');
  throw new UsageError(
    `there is no service ${name}: ${files.join(' and ')} ${files.length === 1 ? 'has' : 'have'} ${known}`,
  );
}

/** Services by name: `[name]`, then `key=value` lines; `#` begins a comment line. */
function parseServices(content: string): Map<string, Layer> {
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
