import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { startDynamoDb } from './dynamodb.ts';
import { createFaults, type Fault, type Faults } from './faults.ts';
import { createLogs, type LocalLogs, type RunQuery } from './logs.ts';
import { answer, play, scopeOf, type WireAction } from './outcome.ts';
import type { RdsState } from './rds.ts';
import {
  type AwsCall,
  LOCAL_REGION,
  LOCAL_TABLE,
  LOCAL_TOPIC_ARN,
  type MetricRecord,
  type SnsMessage,
} from './records.ts';
import type { StoredSchedule } from './scheduler.ts';
import { createServices, type Service } from './services.ts';
import { readRequest, textField } from './wire.ts';

/** What exists in the pretended account. */
export interface AwsEndpointOptions {
  /** ARNs of the topics; by default `LOCAL_TOPIC_ARN`. */
  readonly topics?: readonly string[];
  /** Names of the DynamoDB tables, each with the key `database` (S); by default `LOCAL_TABLE`. */
  readonly tables?: readonly string[];
  /** ARN to secret string; more by `setSecret`. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Names of EventBridge Scheduler's groups. @default - none */
  readonly scheduleGroups?: readonly string[];
  /** What queries of the logs come to. @default - no rows */
  readonly runQuery?: RunQuery;
}

/** A loopback server that is CloudWatch, its Logs, SNS, Secrets Manager, DynamoDB, RDS and EventBridge Scheduler to the real SDK. */
export interface AwsEndpoint {
  readonly url: string;
  /** The servers that RDS describes; change it at will. */
  readonly rds: RdsState;
  /** The schedules, by `group/name`; nothing invokes their targets. */
  readonly schedules: Map<string, StoredSchedule>;
  /** All metric data accepted, in the order of arrival. */
  readonly metricData: readonly MetricRecord[];
  /** All messages accepted, in the order of arrival. */
  readonly messages: readonly SnsMessage[];
  /** All calls, refused and failed ones too, in the order of arrival. */
  readonly calls: readonly AwsCall[];
  /** What the account has logged, and what is asked of it. */
  readonly logs: Omit<LocalLogs, 'carryOut'>;
  /** Environment variables that point the SDK (and the AWS CLI) here, with credentials that mean nothing. */
  environment(): Record<string, string>;
  /** Makes or rotates a secret. */
  setSecret(arn: string, value: string): void;
  /** Lets calls go wrong from now on; returns the function that lifts it. */
  fail(fault: Fault): () => void;
  /** Calls `listener` for each message accepted from now on; returns the function that stops it. */
  onMessage(listener: (message: SnsMessage) => void): () => void;
  /** Ends every connection, the hung ones too, and frees the ports. */
  close(): Promise<void>;
}

/** Starts the endpoint on a free port of 127.0.0.1. AWS's documented limits are enforced with AWS's errors. */
export async function startAwsEndpoint(options: AwsEndpointOptions = {}): Promise<AwsEndpoint> {
  const metricData: MetricRecord[] = [];
  const messages: SnsMessage[] = [];
  const calls: AwsCall[] = [];
  const listeners = new Set<(message: SnsMessage) => void>();
  const secrets = new Map(Object.entries(options.secrets ?? {}));
  const rds: RdsState = { instances: [], clusters: [] };
  const schedules = new Map<string, StoredSchedule>();
  const faults = createFaults();
  const logs = createLogs(options.runQuery ?? (() => ({ rows: [], matched: 0 })));
  const dynamodb = await startDynamoDb(options.tables ?? [LOCAL_TABLE]);
  const services = createServices({
    topics: new Set(options.topics ?? [LOCAL_TOPIC_ARN]),
    secrets,
    dynamodb,
    logs,
    rds,
    schedules,
    scheduleGroups: new Set(options.scheduleGroups),
    addMetrics: (records) => metricData.push(...records),
    addMessage: (message) => {
      messages.push(message);
      for (const listener of listeners) listener(message);
    },
  });

  const server = createServer((request, response) => {
    serve(request, services, faults, (call) => calls.push(call))
      .then((reply) => answer(response, reply))
      .catch((error: unknown) => response.destroy(error instanceof Error ? error : new Error(String(error))));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the endpoint has no port');
  const url = `http://127.0.0.1:${address.port}`;
  let closing: Promise<void> | undefined;

  return {
    url,
    rds,
    schedules,
    metricData,
    messages,
    calls,
    logs,
    environment: () => ({
      AWS_ENDPOINT_URL: url,
      AWS_REGION: LOCAL_REGION,
      AWS_ACCESS_KEY_ID: 'AKIALOCALENDPOINT000',
      AWS_SECRET_ACCESS_KEY: 'local',
      // A profile or session of the person's own shell would win over these credentials.
      AWS_PROFILE: '',
      AWS_SESSION_TOKEN: '',
    }),
    setSecret: (arn, value) => secrets.set(arn, value),
    fail: (fault) => faults.set(fault),
    onMessage: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () => {
      closing ??= close();
      return closing;
    },
  };

  async function close(): Promise<void> {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
    await dynamodb.close();
  }
}

async function serve(
  incoming: IncomingMessage,
  services: readonly Service[],
  faults: Faults,
  record: (call: AwsCall) => void,
): Promise<WireAction> {
  const at = Date.now();
  const request = await readRequest(incoming);
  for (const service of services) {
    const action = service.actionOf(request);
    if (action === null) continue;
    const fault = faults.next(service.name, action);
    const { outcome, reply } = await play(fault, service, action, request);
    record({
      service: service.name,
      action,
      resource: service.resourceOf(request, scopeOf(request)?.region ?? LOCAL_REGION),
      namespace: service.name === 'cloudwatch' ? textField(request.body, 'Namespace') : null,
      bytes: request.raw.length,
      compressed: request.compressed,
      outcome,
      at,
    });
    return reply;
  }
  return {
    status: 400,
    headers: {},
    body: 'this endpoint knows CloudWatch, its Logs, SNS, Secrets Manager, DynamoDB, RDS and EventBridge Scheduler',
  };
}
