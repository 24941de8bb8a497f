import { Client, type ClientConfig } from 'pg';
import { createObserver } from '../../lambda/observe/observer.ts';
import { systemClock } from '../../lambda/shared/clock.ts';

// The measured process: a warm function, and beside it the least that any monitor written with pg must do.

/** What the probe is asked for. */
export type ProbeOrder =
  | { readonly kind: 'run'; readonly event: unknown }
  | { readonly kind: 'look'; readonly config: ClientConfig }
  | { readonly kind: 'bare'; readonly config: ClientConfig; readonly statement: string };

/** How long it took, and the most memory this process has ever had (resident set). */
export interface ProbeAnswer {
  readonly ms: number;
  readonly peakBytes: number;
}

const bundle: unknown = await import(process.argv[2] ?? '');
if (!isBundle(bundle)) throw new Error('give the file of the built function');
const { handler } = bundle;
// The function's log lines are not what is measured.
process.stdout.write = () => true;

process.on('disconnect', () => process.exit());
process.on('message', (order: ProbeOrder) => {
  void timed(order).then((answer) => process.send?.(answer));
});
process.send?.('ready');

async function timed(order: ProbeOrder): Promise<ProbeAnswer> {
  const began = performance.now();
  if (order.kind === 'bare') await bare(order.config, order.statement);
  else if (order.kind === 'look') await look(order.config);
  else
    await handler(order.event, {
      getRemainingTimeInMillis: () => Math.max(0, 8000 - (performance.now() - began)),
    });
  const ms = performance.now() - began;
  return { ms, peakBytes: process.resourceUsage().maxRSS * 1024 };
}

async function bare(config: ClientConfig, statement: string): Promise<void> {
  const client = new Client(config);
  await client.connect();
  await client.query(statement);
  await client.end();
}

async function look({ host = '', port = 0, user = '', password }: ClientConfig): Promise<void> {
  const observer = createObserver({
    target: { host, port, database: 'postgres', tls: { mode: 'disable' }, checkTimeout: 10 },
    credentials: { credentials: async () => ({ user, password: String(password) }) },
    clock: systemClock,
  });
  const { kind } = await observer.sample(new AbortController().signal);
  if (kind !== 'sample') throw new Error(`the look gave ${kind}`);
  await observer.close();
}

function isBundle(
  value: unknown,
): value is { handler: (event: unknown, context: object) => Promise<unknown> } {
  return (
    typeof value === 'object' && value !== null && 'handler' in value && typeof value.handler === 'function'
  );
}
