import * as v from 'valibot';
import { databaseSchema } from '../../lambda/config/database.ts';
import { rdsEndpoint } from '../../lambda/config/rds-endpoint.ts';
import {
  ConfigurationError,
  type Mistake,
  parse,
  strict,
  wholeNumber,
} from '../../lambda/config/validation.ts';
import { ENGINES } from '../../lambda/discover/settings.ts';
import type { ProfileSettings } from './discover-settings.ts';
import { FULL_SECRET_ARN, isFullSecretArn } from './secret-arn.ts';

/** The most databases that discovery may watch. */
export const MAX_DISCOVERED = 2500;

/** The most profiles: the guard knows each by its digest, in the 4 kB of its environment. */
const MAX_PROFILES = 10;

/** What the profiles may take of the 4 kB of the environment of the function that discovers, in bytes. */
const MAX_PROFILE_BYTES = 2600;

/** The shape of `discover`; each profile is checked by {@link checkProfiles}. */
export const discoverEntries = {
  domain: v.pipe(
    v.string(),
    v.check(
      (domain) => rdsEndpoint(`any.${domain}`)?.domain === domain,
      'what follows the identifier in an endpoint, such as cabcdefghijk.eu-central-1.rds.amazonaws.com',
    ),
  ),
  tags: v.optional(v.record(v.string(), v.string()), {}),
  engines: v.optional(
    v.pipe(
      v.array(v.picklist(ENGINES, `one of ${ENGINES.join(', ')}`)),
      v.minLength(1, 'at least one engine'),
    ),
    [...ENGINES],
  ),
  atMost: v.optional(wholeNumber(1, MAX_DISCOVERED), 500),
  profiles: v.record(v.string(), v.unknown()),
};

/** `discover` of the construct, all but its profiles checked. */
export const discoverSchema = strict(discoverEntries);

/** Checked profiles, by the value of the tag. */
export type Profiles = Readonly<Record<string, ProfileSettings>>;

/** What a profile may not say, and what a database says in its place. */
const NOT_OF_PROFILES: Readonly<Record<string, string>> = {
  name: 'nothing: the name is that of the server',
  host: 'nothing: the host is that of the server',
  discovered: 'nothing: discovery notes it',
  tls: 'nothing: TLS is always verified where databases are discovered',
  capacity: 'nothing: it is known of one server, not of a profile',
};

/**
 * Checks the profiles, and merges `defaults` into them.
 *
 * @param written durations in seconds.
 * @param path stands before the place of each mistake.
 */
export function checkProfiles(
  written: Readonly<Record<string, unknown>>,
  defaults: Readonly<Record<string, unknown>>,
  path: string,
): { readonly profiles: Profiles; readonly mistakes: readonly Mistake[] } {
  const mistakes: Mistake[] = [];
  const { tls: _, capacity: __, ...shared } = defaults;
  const profiles: Record<string, ProfileSettings> = {};
  for (const [name, own] of Object.entries(written)) {
    const at = `${path}.${name}`;
    if (!/^[\w .:/=+@-]{1,64}$/.test(name))
      mistakes.push({
        path: at,
        found: JSON.stringify(name),
        allowed: 'what a tag can hold: up to 64 letters, digits, spaces and _.:/=+-@',
      });
    const profile: Record<string, unknown> = { ...shared, ...(typeof own === 'object' ? own : {}) };
    if (isProfile(profile)) profiles[name] = profile;
    else
      mistakes.push(...mistakesOf(profile).map((mistake) => ({ ...mistake, path: `${at}.${mistake.path}` })));
  }
  const count = Object.keys(written).length;
  if (count === 0 || count > MAX_PROFILES)
    mistakes.push({ path, found: `${count} profiles`, allowed: `1 to ${MAX_PROFILES}` });
  const bytes = Buffer.byteLength(JSON.stringify(profiles));
  if (bytes > MAX_PROFILE_BYTES)
    mistakes.push({
      path,
      found: `${bytes} bytes of JSON`,
      allowed: `at most ${MAX_PROFILE_BYTES}: the environment of a function has 4 kB`,
    });
  return { profiles, mistakes };
}

function isProfile(profile: Readonly<Record<string, unknown>>): profile is ProfileSettings & typeof profile {
  return mistakesOf(profile).length === 0;
}

function mistakesOf(profile: Readonly<Record<string, unknown>>): Mistake[] {
  const foreign = Object.entries(NOT_OF_PROFILES).flatMap(([path, allowed]) =>
    path in profile ? [{ path, found: 'a value', allowed }] : [],
  );
  if (foreign.length > 0) return foreign;
  try {
    const { login } = parse(
      databaseSchema,
      { ...profile, name: 'profile', host: 'known-when-discovered.invalid' },
      'a profile',
    );
    if ('iam' in login && login.iam.resourceId !== undefined)
      return [
        {
          path: 'login.iam.resourceId',
          found: 'a value',
          allowed: 'nothing: a profile is for many databases',
        },
      ];
    if ('secretArn' in login && !isFullSecretArn(login.secretArn))
      return [{ path: 'login.secretArn', found: JSON.stringify(login.secretArn), allowed: FULL_SECRET_ARN }];
    return [];
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return [...error.mistakes];
  }
}
