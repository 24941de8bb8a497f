import { setTimeout as delay } from 'node:timers/promises';
import { createMonitor, createRole, type Login } from '../postgres/roles.ts';
import { type PostgresServer, startPostgres } from '../postgres/server.ts';
import { startApplication } from './application/application.ts';
import type { Ledger } from './application/ledger.ts';
import type { Scenario } from './application/scenario.ts';
import { observeServer } from './observer.ts';
import type { Limits, Reading } from './timeline.ts';

/** A server with an application on it, as a scenario is played. */
export interface Stage {
  readonly scenario: Scenario;
  readonly server: PostgresServer;
  readonly limits: Limits;
  /** The role of the application's clients. */
  readonly app: Login;
  /** The role of whoever watches over the server; may see and end the sessions of others. */
  readonly guard: Login;
  /** What the application's clients went through up to now. */
  readonly ledger: Readonly<Ledger>;
  readonly readings: readonly Reading[];
  /** When the scenario began, ms since the epoch. */
  readonly startedAt: number;
  /** Ms since the scenario began. */
  elapsed(): number;
}

/** Watches over the server while the scenario lasts; resolves, or rejects with the signal's reason, when that is over. */
export type Keeper = (stage: Stage, signal: AbortSignal) => Promise<void>;

/** Who wants to know what goes on. */
export interface Audience {
  /** The scenario begins. */
  onStart?(stage: Stage): void;
  onReading?(stage: Stage, reading: Reading): void;
}

/** How often the server is asked how it is, in ms. */
const LOOK_EVERY_MS = 250;

/** What is played, and what watches over it. */
export interface Play {
  readonly scenario: Scenario;
  readonly keepers: readonly Keeper[];
  /** Changes the server before the application comes, as its owner could. */
  readonly prepare?: (server: PostgresServer, app: Login) => Promise<void>;
  readonly audience?: Audience;
}

/**
 * Plays a scenario from its beginning to its end on a server of its own, in real time, and leaves nothing behind.
 *
 * @throws the signal's reason when it aborts, and whatever a keeper or the server breaks with.
 */
export async function play(
  { scenario, keepers, prepare, audience = {} }: Play,
  signal: AbortSignal,
): Promise<Stage> {
  const { maxConnections, reservedConnections } = scenario;
  const server = await startPostgres({
    maxConnections,
    // Servers before 16 do not know the setting.
    ...(reservedConnections > 0 && { settings: { reserved_connections: String(reservedConnections) } }),
  });
  try {
    signal.throwIfAborted();
    const app = await createRole(server, { name: 'site' });
    const guard = await createMonitor(server, { canSignal: true, usesReserved: reservedConnections > 0 });
    await prepare?.(server, app);
    const limits = { ...scenario.thresholds, usable: await usableSlotsOf(server) };
    return await perform({ scenario, server, limits, app, guard }, keepers, audience, signal);
  } finally {
    await server.stop();
  }
}

async function perform(
  set: Pick<Stage, 'scenario' | 'server' | 'limits' | 'app' | 'guard'>,
  keepers: readonly Keeper[],
  audience: Audience,
  signal: AbortSignal,
): Promise<Stage> {
  const { scenario, server, app, guard } = set;
  const [start, startedAt] = [performance.now(), Date.now()];
  const elapsed = () => performance.now() - start;
  const application = startApplication(scenario, {
    host: server.host,
    port: server.port,
    database: 'postgres',
    ...app,
    connectionTimeoutMillis: 10_000,
  });
  const readings: Reading[] = [];
  const stage: Stage = { ...set, ledger: application.ledger, readings, startedAt, elapsed };
  audience.onStart?.(stage);
  const over = new AbortController();
  const until = AbortSignal.any([signal, over.signal]);
  try {
    const observing = observeServer(server, guard.user, LOOK_EVERY_MS, elapsed, until, (reading) => {
      readings.push(reading);
      audience.onReading?.(stage, reading);
    });
    const playing = delay(scenario.seconds * 1000, undefined, { signal: until });
    await Promise.race([observing, Promise.all([playing, ...keepers.map((keep) => keep(stage, until))])]);
    return stage;
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    over.abort();
    await application.stop();
  }
}

/** What an ordinary role can get of this server's slots; it has no other reservations than PostgreSQL's own. */
async function usableSlotsOf(server: PostgresServer): Promise<number> {
  const [row] = await server.query<{ usable: string }>(
    `SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
          - coalesce(current_setting('reserved_connections', true), '0')::int AS usable`,
  );
  return Number(row?.usable);
}
