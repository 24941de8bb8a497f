import { Client, type ClientConfig } from 'pg';

// The clients of the race, in a process of their own: their statements go out whenever they are due, whatever the
// killer's process is busy with.

/** What the clients are told. */
export interface RaceClients {
  readonly login: ClientConfig;
  readonly count: number;
  /** Each idles for a time within this range, in ms: it begins just before the killer's threshold. */
  readonly idle: readonly [number, number];
  /** Each statement takes a time within this range, in ms. */
  readonly busy: readonly [number, number];
}

/** What they went through: statements that were answered, and statements that were not. */
export interface RaceTally {
  readonly answered: number;
  readonly failed: number;
}

let answered = 0;
let failed = 0;
let stopping = false;

const within = ([from, to]: readonly [number, number]) => from + Math.random() * (to - from);
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

async function connected(login: ClientConfig): Promise<Client> {
  const client = new Client(login);
  client.on('error', () => {});
  await client.connect();
  return client;
}

/**
 * Uses a session again and again, right when the killer begins to count it as stale; opens another when it is gone.
 * Each statement that begins to execute takes a number from the sequence `begun`, which nothing gives back.
 */
async function run({ login, idle, busy }: RaceClients): Promise<void> {
  let client = await connected(login);
  while (!stopping) {
    await sleep(within(idle));
    try {
      await client.query(`SELECT nextval('begun'), pg_sleep(${(within(busy) / 1000).toFixed(6)})`);
      answered++;
    } catch {
      failed++;
      client = await connected(login);
    }
  }
  await client.end().catch(() => {});
}

/** What the killer's process says. */
export type RaceMessage = RaceClients | 'stop';

let running: Promise<unknown> = Promise.resolve();

process.on('message', (message: RaceMessage) => {
  if (message !== 'stop') {
    running = Promise.all(Array.from({ length: message.count }, () => run(message)));
    return;
  }
  stopping = true;
  void running.finally(() => {
    process.send?.({ answered, failed } satisfies RaceTally);
    process.disconnect();
  });
});
