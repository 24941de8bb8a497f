import { Client } from 'pg';
import type { Login } from '../../local/postgres/roles.ts';
import type { PostgresServer } from '../../local/postgres/server.ts';

/** Sessions of an application, held until they are ended. */
export interface HeldSessions extends AsyncDisposable {
  readonly clients: readonly Client[];
  end(): Promise<void>;
}

/** Opens `count` sessions and keeps them idle. They take being ended by the server without a word. */
export async function holdSessions(
  server: PostgresServer,
  login: Login,
  count: number,
  applicationName = 'app',
): Promise<HeldSessions> {
  const clients = await Promise.all(
    Array.from({ length: count }, async () => {
      const client = new Client({
        host: server.host,
        port: server.port,
        database: 'postgres',
        user: login.user,
        password: login.password,
        application_name: applicationName,
      });
      client.on('error', () => {});
      await client.connect();
      return client;
    }),
  );
  const end = async () => {
    await Promise.all(clients.map((client) => client.end()));
  };
  return { clients, end, [Symbol.asyncDispose]: end };
}
