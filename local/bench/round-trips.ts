import { Client } from 'pg';
import { readRows } from '../../lambda/reclaim/list-sessions.ts';
import { terminate } from '../../lambda/reclaim/terminate.ts';
import { systemClock } from '../../lambda/shared/clock.ts';
import { createMonitor, createRole } from '../postgres/roles.ts';
import type { PostgresServer } from '../postgres/server.ts';
import { moveAway } from './far-server.ts';

/** What it took to end some sessions on a server some way off. */
export interface Journey {
  readonly sessions: number;
  /** Of one round trip to the server. */
  readonly roundTripMs: number;
  readonly statements: number;
  readonly ms: number;
}

/** Lists, ends and verifies `count` idle sessions on a server that is 1 ms away in each direction. */
export async function timeReclaim(
  server: PostgresServer,
  count: number,
  pipeline: boolean,
): Promise<Journey> {
  const name = `trip_${performance.now().toFixed(0)}`;
  const app = await createRole(server, { name });
  const guard = await createMonitor(server, { name: `${name}_guard`, canSignal: true });
  const at = { host: server.host, database: 'postgres' };
  const idle = Array.from({ length: count }, () => new Client({ ...at, ...app, port: server.port }));
  for (const client of idle) client.on('error', () => {});
  await Promise.all(idle.map((client) => client.connect()));

  const far = await moveAway(server.port, 1);
  const client = new Client({ ...at, ...guard, port: far.port, pipeline });
  await client.connect();
  const before = performance.now();
  await client.query('SELECT 1');
  const roundTripMs = performance.now() - before;
  let statements = 0;
  const session = {
    query: async <Row>(text: string, values: readonly unknown[] = []) => {
      statements++;
      return (await client.query(text, [...values])).rows as Row[];
    },
  };
  const startedAt = performance.now();
  const rows = await readRows(session);
  const { outcomes, failure } = await terminate(session, rows, systemClock, new AbortController().signal);
  const ms = performance.now() - startedAt;
  if (failure !== null) throw failure;
  await client.end();
  await far.close();
  return { sessions: outcomes.filter((outcome) => outcome === 'ended').length, roundTripMs, statements, ms };
}
