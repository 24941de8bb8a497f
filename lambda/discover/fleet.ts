import { databaseSchema } from '../config/database.ts';
import { hostIn } from '../config/pins.ts';
import { ConfigurationError, parse } from '../config/validation.ts';
import { printable } from '../shared/printable.ts';
import type { Entry } from './entry.ts';
import type { DbServer } from './servers.ts';
import { DEFAULT_PORT, type DiscoverSettings, ENGINES, TAG } from './settings.ts';
import { thresholdsFrom } from './threshold-tags.ts';

/** Why a tagged server is not watched, or not as its tags say. */
export interface Problem {
  readonly id: string;
  readonly name: string;
  readonly problem: string;
  readonly remedy: string;
}

/** What the servers' tags ask for. */
export interface Fleet {
  readonly entries: readonly Entry[];
  readonly problems: readonly Problem[];
  /** The part that each watched server plays in its cluster, by id. */
  readonly parts: ReadonlyMap<string, DbServer['part']>;
}

/** What is watched by hand. */
export interface ByHand {
  readonly names: ReadonlySet<string>;
  readonly hosts: ReadonlySet<string>;
  readonly resourceIds: ReadonlySet<string>;
}

/** A name in a metric has 100 characters at most; the identifier of an instance is unique without its cluster's. */
const LONGEST_NAME = 100;

/** There is no server to log in to in these states, or none for long. */
const NOT_RUNNING = new Set(['creating', 'starting', 'stopping', 'stopped', 'deleting', 'delete-precheck']);

/** The entries of the guard's events for the servers that are tagged, and what keeps others from being watched. Pure. */
export function fleetOf(
  servers: readonly DbServer[],
  byHand: ByHand,
  settings: DiscoverSettings,
  failovers: ReadonlyMap<string, number>,
): Fleet {
  const problems: Problem[] = [];
  const parts = new Map<string, DbServer['part']>();
  const entries = servers.flatMap((server): Entry[] => {
    if (!server.tags.has(TAG) || !hasTags(server, settings.tags) || NOT_RUNNING.has(server.status)) return [];
    if (server.host === null || byHand.hosts.has(server.host) || byHand.resourceIds.has(server.id)) return [];
    const isOurs = ENGINES.some((engine) => engine === server.engine);
    if (isOurs && !settings.engines.some((engine) => engine === server.engine)) return [];
    const name = nameOf(server);
    const tell = (problem: string, remedy: string): Entry[] => {
      problems.push({ id: server.id, name, problem, remedy });
      return [];
    };
    const profile = settings.profiles[server.tags.get(TAG) ?? ''];
    if (!isOurs) return tell(`its engine is ${printable(server.engine, 40)}`, `take the tag ${TAG} away`);
    if (profile === undefined)
      return tell(
        `its tag ${TAG} names no profile: ${printable(server.tags.get(TAG) ?? '', 60)}`,
        `one of ${Object.keys(settings.profiles).join(', ')}`,
      );
    if (!hostIn(settings.domain, server.host))
      return tell(
        `its endpoint ${printable(server.host, 100)} is not in ${settings.domain}`,
        'set discover.domain to what follows the identifier in its endpoint',
      );
    if ('iam' in Object(profile['login']) && !server.iamLogin)
      return tell('IAM authentication is off', 'switch it on, or use a profile with a secret');
    const port = typeof profile['port'] === 'number' ? profile['port'] : DEFAULT_PORT;
    if (server.port !== port)
      return tell(`it listens on port ${server.port}`, `a profile with that port: its own has ${port}`);
    if (byHand.names.has(name))
      return tell('another server is configured under its name', 'name that one otherwise');
    const own = thresholdsOf(server, profile, tell);
    const failoverAt = failovers.get(server.identifier) ?? failovers.get(server.cluster ?? '');
    const entry: Entry = {
      name,
      host: server.host,
      discovered: { resourceId: server.id, ...(failoverAt !== undefined && { failoverAt }) },
      ...profile,
      ...(own && { thresholds: own }),
    };
    try {
      parse(databaseSchema, entry, name);
    } catch (error) {
      return tell(reasonOf(error), 'correct its tags or its profile');
    }
    parts.set(server.id, server.part);
    return [entry];
  });
  return { entries, problems, parts };
}

function hasTags({ tags }: DbServer, wanted: DiscoverSettings['tags']): boolean {
  return Object.entries(wanted).every(([key, value]) => tags.get(key) === value);
}

function nameOf({ cluster, identifier }: DbServer): string {
  const full = cluster === null ? identifier : `${cluster}/${identifier}`;
  return full.length <= LONGEST_NAME ? full : identifier;
}

/** What its tags say, as far as it holds: with a mistake in them the server is watched as its profile says. */
function thresholdsOf(
  { tags }: DbServer,
  profile: DiscoverSettings['profiles'][string],
  tell: (problem: string, remedy: string) => unknown,
) {
  try {
    const own = thresholdsFrom(tags, profile['thresholds']);
    if (own === null || Object(profile['reclaim']).mode !== 'terminate') return own;
    tell(
      'its thresholds stand in tags, which are not taken where sessions may be ended',
      'a profile of its own',
    );
  } catch (error) {
    tell(`its tags hold no thresholds: ${reasonOf(error)}`, 'such as 150, 70 percent or 20 left');
  }
  return null;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof ConfigurationError)) throw error;
  const [mistake] = error.mistakes;
  return printable(`${mistake?.path}: found ${mistake?.found}`, 160);
}
