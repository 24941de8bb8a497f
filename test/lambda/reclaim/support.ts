import { Client } from 'pg';
import { type ReclaimPolicy, reclaimSchema } from '../../../lambda/config/reclaim-policy.ts';
import { parse } from '../../../lambda/config/validation.ts';
import type { Sample } from '../../../lambda/model/observation.ts';
import { noKnownSessions } from '../../../lambda/model/prediction.ts';
import { emptyReclaimMemory } from '../../../lambda/model/reclamation.ts';
import type { Session } from '../../../lambda/model/session.ts';
import type { ReclaimRequest } from '../../../lambda/reclaim/reclaim.ts';
import { systemClock } from '../../../lambda/shared/clock.ts';
import type { LogFields } from '../../../lambda/shared/log.ts';
import { createMonitor, createRole, type Login } from '../../../local/postgres/roles.ts';
import { type PostgresServer, startPostgres } from '../../../local/postgres/server.ts';

/** A policy as people write it, with its defaults. */
export const policyOf = (input: unknown): ReclaimPolicy => parse(reclaimSchema, input, 'the policy');

/** A session of the guard: a login, its {@link Session}, and an end. */
export interface GuardSession extends Session {
  readonly client: Client;
}

/** Sessions on one server, all ended by {@link Sessions.endAll}. */
export interface Sessions {
  readonly server: PostgresServer;
  readonly app: Login;
  readonly guard: Login;
  /** Opens a session; one the server ends makes no noise. */
  open(options?: {
    login?: Login;
    application?: string;
    database?: string;
    replication?: boolean;
  }): Promise<Client>;
  openGuard(options?: { login?: Login; pipeline?: boolean }): Promise<GuardSession>;
  endAll(): Promise<void>;
}

/** A server with an application's role and the guard's. */
export async function startSessions(maxConnections = 60): Promise<Sessions> {
  const server = await startPostgres({ maxConnections });
  const app = await createRole(server);
  const guard = await createMonitor(server, { canSignal: true });
  const clients = new Set<Client>();
  const connect = async (config: object) => {
    const client = new Client({ host: server.host, port: server.port, database: 'postgres', ...config });
    client.on('error', () => {});
    await client.connect();
    clients.add(client);
    return client;
  };
  return {
    server,
    app,
    guard,
    open: ({ login = app, application = '', database = 'postgres' } = {}) =>
      connect({ ...login, application_name: application, database }),
    openGuard: async ({ login = guard, pipeline = true } = {}) => {
      const client = await connect({ ...login, application_name: 'rds-connection-guard', pipeline });
      return {
        client,
        query: async <Row>(text: string, values: readonly unknown[] = []) =>
          (await client.query(text, [...values])).rows as Row[],
      };
    },
    endAll: async () => {
      await Promise.allSettled([...clients].map((client) => client.end()));
      clients.clear();
    },
  };
}

/** The pid of the server process behind a client. */
export async function pidOf(client: Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return rows[0]?.pid ?? Number.NaN;
}

/** What reclaim is asked in a test: everything is critical, and the policy counts half a second as stale. */
export function requestFor(
  session: Session,
  policy: object,
  changes: Partial<ReclaimRequest> = {},
): ReclaimRequest & {
  readonly thresholds: ReclaimRequest['thresholds'];
  readonly logged: [string, LogFields][];
} {
  const logged: [string, LogFields][] = [];
  return {
    database: 'orders',
    session,
    clock: systemClock,
    log: (_level, event, fields) => logged.push([event, fields]),
    signal: new AbortController().signal,
    policy: policyOf({ mode: 'terminate', ...policy }),
    level: 'critical',
    thresholds: { warning: { enter: 1 }, critical: { enter: 2 }, full: { enter: 50 } },
    sample: sampleOf(10),
    memory: emptyReclaimMemory,
    known: noKnownSessions,
    budgets: [],
    sinceSample: null,
    reserve: async () => {},
    logged,
    ...changes,
  };
}

/** A sample with nothing in it but its counts: 60 slots, 57 usable. */
export function sampleOf(used: number): Sample {
  return {
    kind: 'sample',
    at: 0,
    took: 1,
    capacity: {
      maxConnections: 60,
      superuserReserved: 3,
      reserved: 0,
      rdsSuperuserReserved: 0,
      rdsReserved: 0,
    },
    server: { versionNum: 180_004, isReplica: false, startedAt: '', canSignal: true, role: 'guard' },
    used,
    groups: [],
    limits: [],
    sessions: null,
  };
}
