import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { Client, type ClientConfig } from 'pg';
import { createObserver } from '../../lambda/observe/observer.ts';
import { systemClock } from '../../lambda/shared/clock.ts';
import { pinning } from '../function/pinning.ts';

// The measured process: a warm function, and beside it the least that any monitor written with pg must do.

/** What the probe is asked for. */
export type ProbeOrder =
  /** A run of the function. */
  | { readonly kind: 'run'; readonly event: unknown }
  /** A login, the guard's sample, and the end of the session. */
  | { readonly kind: 'sample'; readonly config: ClientConfig }
  /** The same with plain pg. */
  | { readonly kind: 'bare'; readonly config: ClientConfig; readonly statement: string }
  /** One statement on a session that is kept open, and the calls to AWS of a run that has nothing to tell. */
  | {
      readonly kind: 'bare-run';
      readonly config: ClientConfig;
      readonly statement: string;
      readonly calls: BareCalls;
    };

/** Calls to AWS by action, with the size of what is stored and the number of data points. */
export interface BareCalls {
  readonly table: string;
  readonly itemBytes: number;
  readonly dataPoints: number;
  readonly reads: number;
  readonly writes: number;
}

/** How long it took, and the most memory this process has ever had (resident set). */
export interface ProbeAnswer {
  readonly ms: number;
  readonly peakBytes: number;
}

/** What the run may take, in ms: so little that it takes one sample. */
const ONE_SAMPLE_MS = 8000;

const bundle: unknown = await import(process.argv[2] ?? '');
if (!isBundle(bundle)) throw new Error('give the file of the built function');
const { handler } = bundle;
// The function's log lines are not what is measured.
process.stdout.write = () => true;

process.on('disconnect', () => process.exit());
process.on('message', (order: ProbeOrder) => {
  void timed(order).then(
    (answer) => process.send?.(answer),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
process.send?.('ready');

const [dynamodb, cloudwatch] = [new DynamoDBClient(), new CloudWatchClient()];

/** The one session that bare runs share. */
let open: Promise<Client> | null = null;
function kept(config: ClientConfig): Promise<Client> {
  open ??= opened(config);
  return open;
}

async function timed(order: ProbeOrder): Promise<ProbeAnswer> {
  if (order.kind === 'bare-run') await kept(order.config);
  const began = performance.now();
  switch (order.kind) {
    case 'bare':
      await bare(order.config, order.statement);
      break;
    case 'bare-run':
      await bareRun(await kept(order.config), order.statement, order.calls);
      break;
    case 'sample':
      await sample(order.config);
      break;
    case 'run':
      Object.assign(process.env, pinning(order.event));
      await handler(order.event, {
        getRemainingTimeInMillis: () => Math.max(0, ONE_SAMPLE_MS - (performance.now() - began)),
      });
  }
  const ms = performance.now() - began;
  return { ms, peakBytes: process.resourceUsage().maxRSS * 1024 };
}

async function opened(config: ClientConfig): Promise<Client> {
  const client = new Client(config);
  await client.connect();
  return client;
}

async function bare(config: ClientConfig, statement: string): Promise<void> {
  const client = await opened(config);
  await client.query(statement);
  await client.end();
}

/** The statement beside what is read from the memory, then what is stored beside the data points. */
async function bareRun(client: Client, statement: string, calls: BareCalls): Promise<void> {
  const key = { database: { S: 'bare' } };
  const read = async () => {
    for (let count = 0; count < calls.reads; count++) {
      await dynamodb.send(new GetItemCommand({ TableName: calls.table, Key: key, ConsistentRead: true }));
    }
  };
  await Promise.all([client.query(statement), read()]);
  const write = async () => {
    const Item = { ...key, memory: { S: 'x'.repeat(calls.itemBytes) } };
    for (let count = 0; count < calls.writes; count++) {
      await dynamodb.send(new PutItemCommand({ TableName: calls.table, Item }));
    }
  };
  const MetricData = Array.from({ length: calls.dataPoints }, (_, index) => ({
    MetricName: `Metric${index}`,
    Dimensions: [{ Name: 'Database', Value: 'bare' }],
    Timestamp: new Date(),
    Values: [index],
  }));
  await Promise.all([
    write(),
    cloudwatch.send(new PutMetricDataCommand({ Namespace: 'RdsConnectionGuard', MetricData })),
  ]);
}

async function sample({ host = '', port = 0, user = '', password }: ClientConfig): Promise<void> {
  const observer = createObserver({
    target: { host, port, database: 'postgres', tls: { mode: 'disable' }, checkTimeout: 10 },
    credentials: { credentials: async () => ({ user, password: String(password) }) },
    clock: systemClock,
  });
  const { kind } = await observer.sample(new AbortController().signal);
  if (kind !== 'sample') throw new Error(`the sample gave ${kind}`);
  await observer.close();
}

function isBundle(
  value: unknown,
): value is { handler: (event: unknown, context: object) => Promise<unknown> } {
  return (
    typeof value === 'object' && value !== null && 'handler' in value && typeof value.handler === 'function'
  );
}
