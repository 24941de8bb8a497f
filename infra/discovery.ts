import type { ISecurityGroup } from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import { type Database, databaseSchema } from '../lambda/config/database.ts';
import { policyDigest } from '../lambda/config/pins.ts';
import { ConfigurationError, parse } from '../lambda/config/validation.ts';
import type { DiscoverSettings } from '../lambda/discover/settings.ts';
import type { DiscoverSettings as WrittenSettings } from './config/discover-settings.ts';
import { checkProfiles, discoverSchema } from './config/profiles.ts';
import { inSeconds } from './config/seconds.ts';
import { loginOf } from './logins.ts';
import type { WatchedDatabase } from './resolve-databases.ts';

/** Discovery, as the construct takes it. */
export interface DiscoverProps extends WrittenSettings {
  /** The security groups of the databases, to be opened to the guard; `[]` when their owner opens them. */
  readonly securityGroups: readonly ISecurityGroup[];
}

/** What a profile needs of the stack, as a database that is configured by hand would. */
export interface WatchedProfile extends Pick<WatchedDatabase, 'name' | 'settings' | 'grant' | 'port'> {
  readonly securityGroups: readonly ISecurityGroup[];
}

/** Checked discovery. */
export interface Discovery {
  /** For the environment of the function that discovers. */
  readonly settings: DiscoverSettings;
  readonly profiles: readonly WatchedProfile[];
  /** For the environment of the guard: what events of discovered databases may ask for. */
  readonly pins: string;
}

/**
 * Checks discovery.
 *
 * @throws {ConfigurationError} with every mistake at once, by path.
 */
export function resolveDiscovery(
  scope: Construct,
  { securityGroups, ...written }: DiscoverProps,
  databasesPerRun: number,
): Discovery {
  const discover = parse(discoverSchema, inSeconds(written), 'ConnectionGuard.discover');
  const { profiles, mistakes } = checkProfiles(discover.profiles, {}, 'discover.profiles');
  if (mistakes.length > 0) throw new ConfigurationError('ConnectionGuard', mistakes);
  // As an event carries them.
  const policies = Object.fromEntries(
    Object.entries(profiles).map(([name, profile]) => [name, { ...profile }]),
  );
  const watched = Object.entries(policies).map(([name, profile]): WatchedProfile => {
    const entry = { ...profile, name: 'profile', host: `any.${discover.domain}` };
    const settings: Database = parse(databaseSchema, entry, 'ConnectionGuard');
    const { port, login } = settings;
    // Which databases will be found is not known: its role, or its secret, on all of them.
    const { grant } = loginOf(scope, login, '*');
    return { name: `each database of profile ${name}`, settings, grant, port, securityGroups };
  });
  return {
    settings: { ...discover, profiles: policies, databasesPerRun },
    profiles: watched,
    pins: JSON.stringify({ domain: discover.domain, digests: Object.values(policies).map(policyDigest) }),
  };
}
