import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { ClientConfig } from 'pg';
import { type AppLogin, fail, openSession } from './app-session.ts';
import { startClients } from './clients.ts';
import { emptyLedger, type Ledger } from './ledger.ts';
import { randomFrom } from './random.ts';
import type { Scenario } from './scenario.ts';

/** The tables that the clients' statements name. */
export const TABLES = `
CREATE UNLOGGED TABLE events (id bigint, channel int, body text);
CREATE UNLOGGED TABLE pages (id int, title text);
CREATE UNLOGGED TABLE runs (task int, step int, done boolean);
GRANT SELECT, INSERT, UPDATE ON events, pages, runs TO PUBLIC`;

/** An application under way. */
export interface Application {
  /** What its clients went through up to now. */
  readonly ledger: Readonly<Ledger>;
  /** Stops every client. Their sessions are left to the server, which is about to stop as well. */
  stop(): Promise<void>;
}

/** What decides when the clients do what. */
export interface Timing {
  /** The same number gives the same application. */
  readonly seed: number;
  /** Seconds since the scenario began; negative before. */
  readonly elapsed: () => number;
}

/**
 * Plays a scenario against a real server that has the {@link TABLES}, in real time.
 *
 * @param config how its clients log in.
 */
export function startApplication(
  scenario: Scenario,
  config: ClientConfig,
  { seed, elapsed }: Timing,
): Application {
  const ledger = emptyLedger();
  const stopper = new AbortController();
  // Hundreds of clients wait on the one signal.
  setMaxListeners(0, stopper.signal);
  const running = new Set<Promise<void>>();
  const { endsWithCommit } = scenario;
  const login: AppLogin = { config, ledger, endsWithCommit, elapsed, stopping: stopper.signal };
  const start = (work: Promise<void>) => {
    const settled = work.catch((error: unknown) => fail(error, login)).finally(() => running.delete(settled));
    running.add(settled);
  };
  const until = (second: number) => wait(second - elapsed(), stopper.signal);
  const begin = async () => {
    await until(0);
    startClients(scenario, {
      ledger,
      elapsed,
      until,
      open: (name, application) => openSession(name, application, login),
      random: (key) => randomFrom(`${seed}/${key}`),
      start,
    });
  };
  start(begin());
  return {
    ledger,
    stop: async () => {
      stopper.abort();
      await Promise.all(running);
    },
  };
}

/** A timer cannot wait longer, in seconds (2^31 ms). */
const FOREVER = 2_000_000;

async function wait(seconds: number, signal: AbortSignal): Promise<void> {
  await delay(Math.max(0, Math.min(FOREVER, seconds)) * 1000, undefined, { signal });
}
