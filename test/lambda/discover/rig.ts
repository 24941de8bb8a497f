import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { RDSClient } from '@aws-sdk/client-rds';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SNSClient } from '@aws-sdk/client-sns';
import { type DiscoverSummary, discover } from '../../../lambda/discover/discover.ts';
import type { Entry } from '../../../lambda/discover/entry.ts';
import { readDiscoverEnvironment } from '../../../lambda/discover/settings.ts';
import type { AwsEndpoint } from '../../../local/aws/endpoint.ts';
import type { DbInstance } from '../../../local/aws/rds.ts';
import { LOCAL_ACCOUNT, LOCAL_REGION, LOCAL_TABLE, LOCAL_TOPIC_ARN } from '../../../local/aws/records.ts';

export const DOMAIN = `cabcdefghijk.${LOCAL_REGION}.rds.amazonaws.com`;
export const GROUPS = { byHand: 'by-hand', discovered: 'discovered' };

const PROFILES = {
  standard: { login: { iam: { user: 'connection_guard' } } },
  ending: { login: { secretName: 'guard' }, reclaim: { mode: 'terminate' } },
};

/** What the stack tells the function. */
export function discoverVariables(settings: object = {}): Record<string, string> {
  const arn = (service: string, rest: string) =>
    `arn:aws:${service}:${LOCAL_REGION}:${LOCAL_ACCOUNT}:${rest}`;
  return {
    GUARD_DISCOVER: JSON.stringify({
      domain: DOMAIN,
      tags: {},
      engines: ['postgres', 'aurora-postgresql'],
      profiles: PROFILES,
      atMost: 2500,
      databasesPerRun: 25,
      ...settings,
    }),
    GUARD_DISCOVERED_GROUP: GROUPS.discovered,
    GUARD_SCHEDULE_GROUP: GROUPS.byHand,
    GUARD_FUNCTION_ARN: arn('lambda', 'function:guard'),
    GUARD_SCHEDULE_ROLE_ARN: `arn:aws:iam::${LOCAL_ACCOUNT}:role/schedules`,
    GUARD_DEAD_LETTERS_ARN: arn('sqs', 'dead-letters'),
    GUARD_TABLE_NAME: LOCAL_TABLE,
    GUARD_WARNING_TOPIC_ARN: LOCAL_TOPIC_ARN,
  };
}

/** A tagged instance that is there. */
export function instance(identifier: string, settings: Partial<DbInstance> = {}): DbInstance {
  return {
    DBInstanceIdentifier: identifier,
    DbiResourceId: `db-${identifier.toUpperCase().replaceAll('-', '')}`,
    Engine: 'postgres',
    DBInstanceStatus: 'available',
    Endpoint: { Address: `${identifier}.${DOMAIN}`, Port: 5432 },
    IAMDatabaseAuthenticationEnabled: true,
    TagList: [{ Key: 'connection-guard', Value: 'standard' }],
    ...settings,
  };
}

/** A function that discovers, on a clock that the test moves. */
export interface DiscoverRig extends Disposable {
  /** Ms since the epoch. */
  readonly now: () => number;
  pass(seconds: number): void;
  run(event?: unknown): Promise<DiscoverSummary>;
  readonly lines: Record<string, unknown>[];
}

/** Starts one more function on the endpoint; several may share a clock. */
export function startDiscoverer(aws: AwsEndpoint, settings: object = {}, clock = { ahead: 0 }): DiscoverRig {
  const common = {
    endpoint: aws.url,
    region: LOCAL_REGION,
    credentials: { accessKeyId: 'AKIALOCALENDPOINT000', secretAccessKey: 'local' },
    maxAttempts: 3,
  };
  const clients = {
    rds: new RDSClient(common),
    scheduler: new SchedulerClient(common),
    dynamodb: new DynamoDBClient(common),
    sns: new SNSClient({ ...common, maxAttempts: 1 }),
  };
  const lines: Record<string, unknown>[] = [];
  const now = () => Date.now() + clock.ahead;
  const { signal } = new AbortController();
  return {
    now,
    lines,
    pass: (seconds) => {
      clock.ahead += seconds * 1000;
    },
    run: async (event = {}) =>
      await discover(event, {
        clients,
        environment: readDiscoverEnvironment(discoverVariables(settings)),
        clock: { now, sleep: async () => await new Promise((resolve) => setImmediate(resolve)) },
        log: (level, name, fields) => lines.push({ level, event: name, ...fields }),
        signal,
      }),
    [Symbol.dispose]: () => {
      for (const client of Object.values(clients)) client.destroy();
    },
  };
}

/** The databases of each discovered schedule, by its name. */
export function watchedIn(aws: AwsEndpoint): Record<string, Entry[]> {
  const found = [...aws.schedules.values()].filter(({ group }) => group === GROUPS.discovered);
  return Object.fromEntries(
    found.map(({ name, definition }) => [
      name,
      JSON.parse(String(Object(definition['Target']).Input)).databases,
    ]),
  );
}
