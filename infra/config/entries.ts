import * as v from 'valibot';
import { rdsEndpoint } from '../../lambda/config/rds-endpoint.ts';
import { identifier, type Mistake, strict } from '../../lambda/config/validation.ts';
import { groupOrNone } from './schema.ts';

const HOST = 'a host name, an IP address or { ssm }, the name of a parameter such as /orders/host';

const LOG_GROUP = 'true or the name of a log group';

/** What an entry of `databases` holds beyond what the function's event takes. */
export const outerSchema = strict({
  host: v.optional(
    v.union([v.string(), strict({ ssm: v.pipe(v.string(), v.regex(/^[\w./-]{1,1011}$/, HOST)) })], HOST),
  ),
  securityGroupId: v.optional(groupOrNone),
  postgresqlLogGroup: v.optional(
    v.union([v.boolean(), v.pipe(v.string(), v.regex(/^[\w./#-]{1,512}$/, LOG_GROUP))], LOG_GROUP),
  ),
  instances: v.optional(
    v.pipe(
      v.array(strict({ name: identifier, host: v.unknown(), port: v.optional(v.unknown()) })),
      v.minLength(1, 'at least one instance'),
    ),
  ),
  lookup: v.optional(
    v.union(
      [
        strict({ instance: identifier }),
        strict({ cluster: identifier, instances: v.pipe(v.array(identifier), v.minLength(1)) }),
      ],
      '{ instance } or { cluster, instances: [...] }, by identifier',
    ),
  ),
});

/** One server out of an entry. */
export interface ExpandedEntry {
  /** As written, with the name and place of the one instance. */
  readonly written: Readonly<Record<string, unknown>>;
  readonly lookup: { readonly instance: string; readonly cluster: string | null } | null;
  readonly securityGroupId: string | false | null;
  /** The SSM parameter that holds the host. */
  readonly hostParameter: string | null;
  /** The log group of the server's own log. */
  readonly postgresqlLogGroup: string | null;
  /** Where a mistake in `key` of `written` stands inside the entry. */
  readonly pathOf: (key: string) => string;
}

/** The outer keys of an entry alone, for {@link outerSchema}. */
export function outerOf(entry: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.keys(outerSchema.entries)
      .filter((key) => key in entry)
      .map((key) => [key, entry[key]]),
  );
}

/** Pairs of settings of which an entry may have one: both say where the server is. */
const EXCLUSIVE = [
  ['host', 'instances'],
  ['host', 'lookup'],
  ['instances', 'lookup'],
  ['port', 'lookup'],
] as const;

/** What an entry says twice: only one of the two would count. */
export function contradictions(entry: Readonly<Record<string, unknown>>): Mistake[] {
  return EXCLUSIVE.flatMap(([one, other]) =>
    entry[one] !== undefined && entry[other] !== undefined
      ? [{ path: one, found: `a value, beside ${other}`, allowed: `only one of ${one} and ${other}` }]
      : [],
  );
}

/** The servers of one entry: itself, or each instance of its cluster, named `name/instance`. */
export function expandEntry(
  entry: Readonly<Record<string, unknown>>,
  outer: v.InferOutput<typeof outerSchema>,
): ExpandedEntry[] {
  const { securityGroupId: _, postgresqlLogGroup: __, instances: ___, lookup: ____, ...rest } = entry;
  const hostParameter = typeof outer.host === 'object' ? outer.host.ssm : null;
  // What is wrong with a host that is no text has been said.
  const isText = rest['host'] === undefined || typeof rest['host'] === 'string';
  const own = isText ? rest : { ...rest, host: PLACEHOLDER_HOST };
  const shared = {
    securityGroupId: outer.securityGroupId ?? null,
    hostParameter,
    postgresqlLogGroup: logGroupOf(own, outer),
  };
  const nameOf = (instance: string) => `${String(entry['name'])}/${instance}`;
  if (outer.instances)
    return outer.instances.map(({ name, ...place }, index) => ({
      ...shared,
      written: { ...own, ...place, name: nameOf(name) },
      lookup: null,
      pathOf: (key) => (key in place || key === 'host' ? `instances[${index}].${key}` : key),
    }));
  const { lookup } = outer;
  if (lookup && 'cluster' in lookup)
    return lookup.instances.map((instance, index) => ({
      ...shared,
      written: { ...own, name: nameOf(instance) },
      lookup: { instance, cluster: lookup.cluster },
      pathOf: (key) => (key === 'name' ? `lookup.instances[${index}]` : key),
    }));
  return [
    {
      ...shared,
      written: own,
      lookup: lookup ? { instance: lookup.instance, cluster: null } : null,
      pathOf: (key) => key,
    },
  ];
}

/** The log group of the entry's log: named, or for `true` where RDS exports the log of what the entry names. */
function logGroupOf(
  { host }: Readonly<Record<string, unknown>>,
  { postgresqlLogGroup, lookup }: v.InferOutput<typeof outerSchema>,
): string | null {
  if (postgresqlLogGroup !== true) return postgresqlLogGroup || null;
  if (lookup)
    return 'cluster' in lookup
      ? exportedLog('cluster', lookup.cluster)
      : exportedLog('instance', lookup.instance);
  const endpoint = rdsEndpoint(String(host));
  return endpoint?.kind === '' ? exportedLog('instance', endpoint.identifier) : UNKNOWN_LOG;
}

/** Stands for a log group that the entry asks for and does not name. */
export const UNKNOWN_LOG = 'unknown';

/** @see https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_LogAccess.Procedural.UploadtoCloudWatch.html */
export function exportedLog(kind: 'instance' | 'cluster', identifier: string): string {
  return `/aws/rds/${kind}/${identifier}/postgresql`;
}

/** Stands for a host that only the synthesis or the deployment will know. */
export const PLACEHOLDER_HOST = 'looked-up.invalid';
