import { setTimeout as delay } from 'node:timers/promises';
import { parseEvent } from '../../lambda/config/event.ts';
import { levelThresholds } from '../../lambda/model/level-thresholds.ts';
import { createMonitor, createRole, type Login } from '../postgres/roles.ts';
import { type PostgresServer, startPostgres } from '../postgres/server.ts';
import { startApplication, TABLES } from './application/application.ts';
import type { Ledger } from './application/ledger.ts';
import type { Scenario } from './application/scenario.ts';
import { observeServer } from './observer.ts';
import type { Limits, Measurement } from './timeline.ts';

/** A server with an application on it, as a scenario is played. */
export interface Stage {
  readonly scenario: Scenario;
  readonly server: PostgresServer;
  readonly limits: Limits;
  /** The role of the application's clients. */
  readonly app: Login;
  /** The role of what watches over the server; may see and end the sessions of others. */
  readonly guard: Login;
  /** What the application's clients went through up to now. */
  readonly ledger: Readonly<Ledger>;
  readonly measurements: readonly Measurement[];
  /** Seconds before the scenario begins at which the server is there and the guard's first run falls due. */
  readonly phase: number;
  /** When the scenario begins, ms since the epoch. */
  readonly startedAt: number;
  /** Ms since the scenario began; negative before. */
  elapsed(): number;
}

/** Watches over the server while the scenario lasts; resolves, or rejects with the signal's reason, when that is over. */
export type Keeper = (stage: Stage, signal: AbortSignal) => Promise<void>;

/** What wants to know what goes on. */
export interface Audience {
  /** The server is there, `phase` seconds before the scenario begins. */
  onStart?(stage: Stage): void;
  onMeasurement?(stage: Stage, measurement: Measurement): void;
}

/** How often the server is asked how it is, in ms. */
const MEASURE_EVERY_MS = 250;

/** What is played, and what watches over it. */
export interface Play {
  readonly scenario: Scenario;
  readonly keepers: readonly Keeper[];
  /** The same number gives the same application. @default DEFAULT_SEED */
  readonly seed?: number;
  /** Seconds from a run of the guard to the begin of the scenario. @default 0 */
  readonly phase?: number;
  /** Changes the server before the application comes, as its owner could. */
  readonly prepare?: (server: PostgresServer, app: Login) => Promise<void>;
  readonly audience?: Audience;
}

/** Of the first twenty the one with which the incident comes closest to the measured one, no guard about. */
export const DEFAULT_SEED = 6;

/** From PostgreSQL 16 on: the logins of many servers side by side must not keep the machine busy. */
const CHEAP_LOGINS = { scram_iterations: '1' };

/**
 * Plays a scenario from its beginning to its end on a server of its own, in real time, and leaves nothing behind.
 *
 * @throws the signal's reason when it aborts, and whatever a keeper or the server breaks with.
 */
export async function play(parts: Play, signal: AbortSignal): Promise<Stage> {
  const { maxConnections, reservedConnections } = parts.scenario;
  const server = await startPostgres({
    maxConnections,
    settings: {
      ...CHEAP_LOGINS,
      ...(reservedConnections > 0 && { reserved_connections: String(reservedConnections) }),
    },
  });
  try {
    signal.throwIfAborted();
    const app = await createRole(server, { name: 'site' });
    const guard = await createMonitor(server, { canSignal: true, usesReserved: reservedConnections > 0 });
    await server.query(TABLES);
    await parts.prepare?.(server, app);
    const limits = limitsOf(parts.scenario, await usableSlotsOf(server));
    return await perform(parts, { server, limits, app, guard }, signal);
  } finally {
    await server.stop();
  }
}

async function perform(
  { scenario, keepers, seed = DEFAULT_SEED, phase = 0, audience = {} }: Play,
  set: Pick<Stage, 'server' | 'limits' | 'app' | 'guard'>,
  signal: AbortSignal,
): Promise<Stage> {
  const { server, app, guard } = set;
  const [start, startedAt] = [performance.now() + phase * 1000, Date.now() + phase * 1000];
  const elapsed = () => performance.now() - start;
  const login = { host: server.host, port: server.port, database: 'postgres', ...app };
  const config = { ...login, connectionTimeoutMillis: 30_000 };
  const application = startApplication(scenario, config, { seed, elapsed: () => elapsed() / 1000 });
  const { ledger } = application;
  const measurements: Measurement[] = [];
  const stage: Stage = { ...set, scenario, ledger, measurements, phase, startedAt, elapsed };
  audience.onStart?.(stage);
  const over = new AbortController();
  const until = AbortSignal.any([signal, over.signal]);
  const sleep = (seconds: number) => delay(seconds * 1000, undefined, { signal: until });
  const observe = async () => {
    await sleep(phase);
    await observeServer(server, guard.user, MEASURE_EVERY_MS, elapsed, until, (measurement) => {
      measurements.push(measurement);
      audience.onMeasurement?.(stage, measurement);
    });
  };
  try {
    const watching = keepers.map((keep) => keep(stage, until));
    await Promise.race([observe(), Promise.all([sleep(phase + scenario.seconds), ...watching])]);
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

/** The scenario's thresholds, or the guard's defaults, in used slots of this server. */
function limitsOf({ thresholds }: Scenario, usable: number): Limits {
  if (thresholds) return { ...thresholds, usable };
  const { databases } = parseEvent({
    databases: [{ name: 'any', host: 'any', login: { secretArn: ANY_SECRET } }],
  });
  const [database] = databases;
  if (!database) throw new Error('the event has no database');
  const { warning, critical } = levelThresholds(database, usable);
  return { warning: warning.enter, critical: critical.enter, usable };
}

const ANY_SECRET = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:any';
