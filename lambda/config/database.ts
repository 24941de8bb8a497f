import { isIP } from 'node:net';
import * as v from 'valibot';
import { budgetsSchema, explainExcess } from './budgets.ts';
import { capacitySchema } from './expected-capacity.ts';
import { rdsEndpoint } from './rds-endpoint.ts';
import { reclaimSchema, untilFits } from './reclaim-policy.ts';
import { DEFAULT_THRESHOLDS, threshold, thresholds } from './threshold.ts';
import { duration, identifier, strict, wholeNumber } from './validation.ts';

/** Most databases that one event may hold; the stack spreads a fleet over several events. */
export const MAX_DATABASES_PER_EVENT = 25;

/** What a database may be called: nothing that a query, a metric or a page would read as more than a name. */
export const databaseName = v.pipe(
  v.string(),
  v.regex(
    /^[A-Za-z0-9](?:[A-Za-z0-9 ._/-]{0,98}[A-Za-z0-9])?$/,
    '1 to 100 of A-Z a-z 0-9 space . _ / -, beginning and ending with a letter or digit (it is a CloudWatch dimension value)',
  ),
);

const host = v.pipe(
  v.string('a host name or an IP address'),
  v.check(
    // Beside names, every address: `::1` begins with a colon.
    (value) => isIP(value) !== 0 || /^[A-Za-z0-9](?:[A-Za-z0-9.:-]{0,251}[A-Za-z0-9])?$/.test(value),
    'a host name or an IP address',
  ),
  v.check(
    (value) => rdsEndpoint(value)?.kind !== 'proxy-',
    'the endpoint of the instance itself: behind RDS Proxy the sessions are the proxy’s, so counts and idle ages say nothing about clients',
  ),
);

const resourceId = v.pipe(
  v.string(),
  v.regex(/^(?:db|cluster)-[A-Z0-9]{1,64}$/, 'a DbiResourceId such as db-ABCDEFGHIJKL01234'),
);

/** What discovery notes of a database. */
const discovered = strict({
  /** Stays when the server is renamed: what the guard remembers of it is kept under this. */
  resourceId,
  /** When the server last failed over, as RDS reported it: ms since the epoch. */
  failoverAt: v.optional(wholeNumber(0, Number.MAX_SAFE_INTEGER)),
});

const login = v.union(
  [
    /** RDS IAM authentication: no stored secret. `resourceId` (`db-…`, `cluster-…`) is what the IAM policy names. */
    strict({ iam: strict({ user: identifier, resourceId: v.optional(resourceId) }) }),
    /** A Secrets Manager secret with `username` and `password`, as RDS writes it. */
    strict({
      secretArn: v.pipe(
        v.string(),
        v.regex(
          /^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]{1,512}$/,
          'the full ARN of a secret',
        ),
      ),
    }),
    /** The same by its name, in the function's own account and region. */
    strict({
      secretName: v.pipe(
        v.string(),
        v.regex(/^[\w/+=.@-]{1,512}$/, 'the name of a secret: letters, digits and /_+=.@-'),
      ),
    }),
  ],
  '{ iam: { user, resourceId } }, { secretArn } or { secretName }',
);

const tls = strict({
  /** `verify-full` checks the certificate and the host name; `disable` sends everything in the clear. */
  mode: v.optional(v.picklist(['verify-full', 'disable']), 'verify-full'),
  /** A file of PEM certificates to trust instead of Node's roots and Amazon's in the Lambda runtime. */
  caFile: v.optional(v.pipe(v.string(), v.minLength(1))),
});

const alerts = strict({
  /** Percentage points of usable under a threshold at which its level counts as left. */
  clearMargin: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(50)), 5),
  /** An explicit clear line for each level, instead of the margin. */
  clear: v.optional(strict({ warning: v.optional(threshold), critical: v.optional(threshold) }), {}),
  /** Seconds that the samples must stay clear before the level is left. */
  clearAfter: v.optional(duration(0, 3600), 180),
  /** Seconds between reminders while a level lasts. */
  remindAfter: v.optional(
    strict({
      warning: v.optional(duration(60, 604_800), 14_400),
      critical: v.optional(duration(60, 604_800), 1800),
    }),
    {},
  ),
});

const policyEntries = {
  thresholds: v.optional(thresholds, DEFAULT_THRESHOLDS),
  /** Seconds between two samples while all is well; 60 is one sample per run. */
  sampleEvery: v.optional(duration(1, 60), 5),
  /** Seconds between two samples from level warning on. */
  sampleEveryUnderPressure: v.optional(duration(1, 60), 5),
  /** Seconds that one sample of the database may take, repeated logins at a full server included. */
  checkTimeout: v.optional(duration(1, 45), 10),
  tls: v.optional(tls, {}),
  reclaim: v.optional(reclaimSchema, {}),
  alerts: v.optional(alerts, {}),
  /** How many sessions each application may hold; the sum must fit into the usable slots. */
  budgets: v.optional(budgetsSchema, []),
  /** Slots kept for people and tools: the budgets must fit beside them. */
  reserve: v.optional(wholeNumber(0, 262_143), 0),
  /** What is known of the server beforehand: budgets that cannot fit are then refused at synth. */
  capacity: v.optional(capacitySchema),
};

/** Settings that may be given in `defaults` of the configuration file, for every database. */
export const policySchema = v.partial(strict(policyEntries));

/** One database server to watch, and how. */
export const databaseSchema = v.pipe(
  strict({
    /** The dimension value, and the name people read in alerts. */
    name: databaseName,
    host,
    port: v.optional(wholeNumber(1, 65_535), 5432),
    database: v.optional(identifier, 'postgres'),
    login,
    /** Of a database that discovery has found. */
    discovered: v.optional(discovered),
    ...policyEntries,
  }),
  v.forward(
    v.check(
      (entry) => entry.sampleEveryUnderPressure <= entry.sampleEvery,
      'no longer than sampleEvery: under pressure the guard samples more often, not less',
    ),
    ['sampleEveryUnderPressure'],
  ),
  v.forward(
    v.check(
      (entry) => untilFits(entry.reclaim, entry.thresholds),
      'no more than the threshold from which reclaim acts: it would stop before it began',
    ),
    ['reclaim', 'until'],
  ),
  v.forward(
    v.rawCheck(({ dataset, addIssue }) => {
      if (!dataset.typed) return;
      const excess = explainExcess(dataset.value);
      if (excess !== null) addIssue({ message: excess, input: dataset.value.budgets });
    }),
    ['budgets'],
  ),
);

/** A database as people write it: what has a default may be left out. */
export type DatabaseInput = v.InferInput<typeof databaseSchema>;

/** A database with every default filled in. Durations are in seconds. */
export type Database = v.InferOutput<typeof databaseSchema>;

/** What Secrets Manager is asked for: the full ARN or the name of the secret. */
export function secretIdOf(login: Exclude<Database['login'], { iam: unknown }>): string {
  return 'secretArn' in login ? login.secretArn : login.secretName;
}

/** Under what the guard remembers a database: its name, or what stays when a discovered one is renamed. */
export function memoryKeyOf({ name, discovered }: Pick<Database, 'name' | 'discovered'>): string {
  return discovered?.resourceId ?? name;
}

/** A list of databases whose names differ: the name is the key of metrics, memory and alerts. */
export const databasesSchema = v.pipe(
  v.array(databaseSchema),
  v.minLength(1, 'at least one database'),
  v.checkItems(
    (entry, index, all) => all.findIndex((other) => other.name === entry.name) === index,
    'a name that no other database has',
  ),
);
