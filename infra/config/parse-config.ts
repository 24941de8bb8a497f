import * as v from 'valibot';
import { type DatabaseInput, databaseSchema, policySchema } from '../../lambda/config/database.ts';
import { ConfigurationError, type Mistake, onlyKeys, parse } from '../../lambda/config/validation.ts';
import {
  contradictions,
  expandEntry,
  outerOf,
  outerSchema,
  PLACEHOLDER_HOST,
  UNKNOWN_LOG,
} from './entries.ts';
import { clashes, NAMES_DIFFER } from './names.ts';
import { checkProfiles, type Profiles } from './profiles.ts';
import { configSchema, MAX_DATABASES } from './schema.ts';
import { inSeconds } from './seconds.ts';
import { FULL_SECRET_ARN, isFullSecretArn } from './secret-arn.ts';
import type { ConfigInput } from './settings.ts';

/** One database server of the file. */
export interface ConfiguredDatabase {
  /** With the file's defaults merged in, but not the schema's; the host of a lookup is a placeholder. */
  readonly input: DatabaseInput;
  /** Identifiers to look up, where the file gives no host. */
  readonly lookup: { readonly instance: string; readonly cluster: string | null } | null;
  /** To be opened to the guard; false leaves it alone. */
  readonly securityGroupId: string | false | null;
  /** The SSM parameter that holds the host, where the file names one. */
  readonly hostParameter: string | null;
  readonly postgresqlLogGroup: string | null;
}

type Shape = v.InferOutput<typeof configSchema>;

/** A checked `guard.config.ts`, clusters taken apart into their instances. */
export interface Config extends Omit<Shape, 'databases' | 'defaults' | 'discover'> {
  readonly databases: readonly ConfiguredDatabase[];
  /** With the file's defaults merged into its profiles; null without discovery. */
  readonly discover:
    | (Omit<NonNullable<Shape['discover']>, 'profiles'> & { readonly profiles: Profiles })
    | null;
}

/** All that an entry of `databases` may have. */
const ENTRY_KEYS = Object.keys({ ...databaseSchema.entries, ...outerSchema.entries });

/** Gives `guard.config.ts` its types; the checks come at synth. */
export function defineConfig(config: ConfigInput): ConfigInput {
  return config;
}

/**
 * Checks a configuration, with the same schema that the function applies to its event.
 *
 * @param source the file's name, for the message.
 * @throws {ConfigurationError} with every mistake at once, by path.
 */
export function parseConfig(written: unknown, source: string): Config {
  const input = inSeconds(written);
  const mistakes: Mistake[] = [];
  const add = (mistake: Mistake) => {
    if (!mistakes.some(({ path, allowed }) => path === mistake.path && allowed === mistake.allowed))
      mistakes.push(mistake);
  };
  const shape = collect(
    add,
    (path) => path,
    () => parse(configSchema, input, source),
  );
  const given = recordOf(recordOf(input)['defaults']);
  const defaults =
    collect(
      add,
      (path) => join('defaults', path),
      () => parse(policySchema, given, source),
    ) && given;
  const entries = recordOf(input)['databases'];
  const databases = (Array.isArray(entries) ? entries : []).flatMap((entry: unknown, index) =>
    isRecord(entry) ? parseEntry(entry, `databases[${index}]`, defaults ?? {}, add) : [],
  );
  const standard = shape?.network.databaseSecurityGroupId;
  for (const { index, found } of clashes(databases.map(({ input: { name } }) => name)))
    add({ path: `${databases[index]?.path}.name`, found, allowed: NAMES_DIFFER });
  for (const { lookup, path, ...database } of databases)
    if (shape && !lookup && database.securityGroupId === null && standard === undefined)
      add({
        path: `${path}.securityGroupId`,
        found: 'nothing',
        allowed: 'the security group to open to the guard, here or as network.databaseSecurityGroupId',
      });
  const discover = shape?.discover;
  const { profiles, mistakes: ofProfiles } = checkProfiles(
    recordOf(discover?.profiles),
    defaults ?? {},
    'discover.profiles',
  );
  if (discover) {
    ofProfiles.forEach(add);
    if (discover.securityGroupId === undefined && standard === undefined)
      add({
        path: 'discover.securityGroupId',
        found: 'nothing',
        allowed: 'the security group to open to the guard, here or as network.databaseSecurityGroupId',
      });
  }
  if (Array.isArray(entries) && entries.length === 0 && !discover)
    add({ path: 'databases', found: 'a list of 0', allowed: 'at least one database, or discover' });
  if (databases.length > MAX_DATABASES)
    add({
      path: 'databases',
      found: `${databases.length} databases`,
      allowed: `at most ${MAX_DATABASES} in one stack; give the others a second file and stackName`,
    });
  if (!shape || mistakes.length > 0) throw new ConfigurationError(source, mistakes);
  return { ...shape, databases, discover: discover ? { ...discover, profiles } : null };
}

function parseEntry(
  entry: Readonly<Record<string, unknown>>,
  path: string,
  defaults: Readonly<Record<string, unknown>>,
  add: (mistake: Mistake) => void,
): (ConfiguredDatabase & { readonly path: string })[] {
  const outer = collect(
    add,
    (inner) => join(path, inner),
    () => parse(outerSchema, outerOf(entry), path),
  );
  for (const { path: inner, ...mistake } of contradictions(entry))
    add({ path: join(path, inner), ...mistake });
  const known: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(entry))
    if (ENTRY_KEYS.includes(key)) known[key] = value;
    else add({ path: join(path, key), found: JSON.stringify(key), allowed: onlyKeys(ENTRY_KEYS, key) });
  return expandEntry(known, outer ?? {}).flatMap(({ written: own, pathOf, ...where }) => {
    const input = { ...defaults, ...own, ...(where.lookup && { host: PLACEHOLDER_HOST }) };
    const settings = collect(
      add,
      (inner) => join(path, inner && pathOf(inner)),
      () => parse(databaseSchema, input, path),
    );
    if (!settings || !v.is(databaseSchema, input)) return [];
    if ('iam' in settings.login && !settings.login.iam.resourceId && !where.lookup)
      add({
        path: `${path}.login.iam.resourceId`,
        found: 'nothing',
        allowed:
          'the DbiResourceId of the instance, or the cluster’s for Aurora: the role may log in there only',
      });
    if ('secretArn' in settings.login && !isFullSecretArn(settings.login.secretArn))
      add({
        path: `${path}.login.secretArn`,
        found: JSON.stringify(settings.login.secretArn),
        allowed: FULL_SECRET_ARN,
      });
    if (where.postgresqlLogGroup === UNKNOWN_LOG)
      add({
        path: `${path}.postgresqlLogGroup`,
        found: 'true',
        allowed: 'the name of the log group, such as /aws/rds/cluster/shop/postgresql',
      });
    return [{ ...where, input, path }];
  });
}

/** The value, or null after handing over its mistakes with their place in the file. */
function collect<Value>(
  add: (mistake: Mistake) => void,
  placeOf: (path: string) => string,
  attempt: () => Value,
): Value | null {
  try {
    return attempt();
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    for (const mistake of error.mistakes) add({ ...mistake, path: placeOf(mistake.path) });
    return null;
  }
}

function join(path: string, inner: string): string {
  return inner === '' ? path : `${path}.${inner}`;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {};
}
