import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import * as v from 'valibot';
import type { Database } from './database.ts';
import { ConfigurationError, type Mistake } from './validation.ts';

// Whoever may invoke the function chooses the event. What must not be theirs to choose is taken only from an event
// that the stack itself sends, which the environment knows by its digest.

const pinSchema = v.strictObject({
  digest: v.string(),
  /** What only the deployment knew, by its place in the list such as `0.host`; left out of the digest. */
  values: v.optional(v.record(v.string(), v.string()), {}),
});

/** The lists of databases that the stack's schedules send, as JSON in an environment variable. */
export const pinsSchema = v.pipe(v.string(), v.parseJson(), v.array(pinSchema));

/** One list of databases that may ask for anything. */
export type EventPin = v.InferOutput<typeof pinSchema>;

/** What discovered databases may ask for, as JSON in an environment variable: their events are not known beforehand. */
export const profilesSchema = v.optional(
  v.pipe(
    v.string(),
    v.parseJson(),
    v.strictObject({
      /** What follows the identifier in every endpoint of the account and region; see `hostIn`. */
      domain: v.string(),
      /** See {@link policyDigest}. */
      digests: v.array(v.string()),
    }),
  ),
  '{"domain":"","digests":[]}',
);

/** The policies under which discovered databases are watched, and where those databases may be. */
export type PinnedProfiles = v.InferOutput<typeof profilesSchema>;

/**
 * The digest of a list of databases: 132 bits of SHA-256 over its JSON text, with `null` in the places left out.
 *
 * @param leftOut places such as `0.host`.
 */
export function digestOf(databases: unknown, leftOut: readonly string[] = []): string {
  const rest = leftOut.reduce((value, place) => without(value, place.split('.')), databases);
  return createHash('sha256')
    .update(JSON.stringify(rest ?? null))
    .digest('base64url')
    .slice(0, 22);
}

/**
 * Are its databases, to the letter, those of an event that the stack sends? Spaces between the parts of the JSON do not
 * count, nor does which of them are to be checked (`only`).
 */
export function isPinned(event: unknown, pins: readonly EventPin[]): boolean {
  const databases = valueAt(event, ['databases']);
  return pins.some(({ digest, values }) => {
    const places = Object.entries(values);
    return (
      places.every(([place, value]) => String(valueAt(databases, place.split('.'))) === value) &&
      digestOf(
        databases,
        places.map(([place]) => place),
      ) === digest
    );
  });
}

/** Is the host an instance of RDS, by its own endpoint, in the domain that RDS gives an account in a region? */
export function hostIn(domain: string, host: string): boolean {
  return host.endsWith(`.${domain}`) && /^[a-z][a-z0-9-]{0,62}$/.test(host.slice(0, -domain.length - 1));
}

/**
 * The digest of how a discovered database is watched: all of its entry but what discovery finds out (name, host, resource
 * id) and the thresholds, which its tags may set, though not where sessions may be ended.
 */
export function policyDigest(entry: Readonly<Record<string, unknown>>): string {
  const { name: _, host: __, discovered: ___, thresholds, ...policy } = entry;
  return digestOf(valueAt(policy, ['reclaim', 'mode']) === 'terminate' ? { ...policy, thresholds } : policy);
}

/** Names of the databases of an event that may ask for anything: all that the stack sends itself, or those of a profile. */
export function trustedIn(
  event: unknown,
  pins: readonly EventPin[],
  { domain, digests }: PinnedProfiles,
): ReadonlySet<string> {
  const databases = valueAt(event, ['databases']);
  const entries: readonly unknown[] = Array.isArray(databases) ? databases : [];
  const isKnown = isPinned(event, pins);
  const trusted = entries.filter(
    (entry) =>
      isKnown ||
      (typeof entry === 'object' &&
        hostIn(domain, String(valueAt(entry, ['host']))) &&
        digests.includes(policyDigest({ ...entry }))),
  );
  return new Set(trusted.map((entry) => String(valueAt(entry, ['name']))));
}

/** Does watching this database take an event that is pinned? A secret does, unless it names the host itself. */
export function needsPin({ tls, reclaim, login }: Database): boolean {
  return tls.mode === 'disable' || reclaim.mode === 'terminate' || !('iam' in login);
}

/**
 * Refuses what only an event of the stack may ask for. Of secrets in any other event, the host that they name decides:
 * see `createCredentialsProvider`.
 *
 * @param trusted see {@link trustedIn}.
 * @param taskRoot the folder of the function's own files, beyond which no certificates are read.
 * @throws {ConfigurationError} with everything that is refused, at once.
 */
export function refuseWhatNeedsPin(
  databases: readonly Database[],
  trusted: ReadonlySet<string>,
  taskRoot: string,
): void {
  const mistakes = databases.flatMap(({ name, tls, reclaim }, index): Mistake[] => {
    if (trusted.has(name)) return [];
    const refused = (path: string, found: string, allowed: string) => ({
      path: `databases[${index}].${path}`,
      found: JSON.stringify(found),
      allowed: `${allowed}, for no schedule or profile of the stack asks for it`,
    });
    return [
      ...(tls.mode === 'disable' ? [refused('tls.mode', tls.mode, '"verify-full"')] : []),
      ...(tls.caFile !== undefined && !isBelow(taskRoot, tls.caFile)
        ? [refused('tls.caFile', tls.caFile, `a file below ${taskRoot}`)]
        : []),
      ...(reclaim.mode === 'terminate' ? [refused('reclaim.mode', reclaim.mode, '"off" or "dry-run"')] : []),
    ];
  });
  if (mistakes.length > 0) throw new ConfigurationError('the event', mistakes);
}

function isBelow(folder: string, file: string): boolean {
  return resolve(folder, file).startsWith(`${resolve(folder)}/`);
}

function without(value: unknown, [key, ...rest]: readonly string[]): unknown {
  if (key === undefined) return null;
  if (Array.isArray(value))
    return value.map((item: unknown, index) => (String(index) === key ? without(item, rest) : item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, name === key ? without(item, rest) : item]),
  );
}

function valueAt(value: unknown, [key, ...rest]: readonly string[]): unknown {
  if (key === undefined) return value;
  if (typeof value !== 'object' || value === null) return undefined;
  return valueAt(Object.entries(value).find(([name]) => name === key)?.[1], rest);
}
