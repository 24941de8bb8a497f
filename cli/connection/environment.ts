import type { Layer } from './settings.ts';

/** The variables of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** libpq's environment variables (PostgreSQL documentation, "Environment Variables"). */
const VARIABLES = {
  host: 'PGHOST',
  port: 'PGPORT',
  dbname: 'PGDATABASE',
  user: 'PGUSER',
  password: 'PGPASSWORD',
  sslmode: 'PGSSLMODE',
  sslrootcert: 'PGSSLROOTCERT',
  sslcert: 'PGSSLCERT',
  sslkey: 'PGSSLKEY',
  connect_timeout: 'PGCONNECT_TIMEOUT',
  passfile: 'PGPASSFILE',
} as const satisfies Record<keyof Layer, string>;

/** What the environment says of a connection. */
export function environmentLayer(env: Environment): Layer {
  const entries = Object.entries(VARIABLES).flatMap(([key, variable]): [string, string][] => {
    const value = env[variable];
    return value === undefined || value === '' ? [] : [[key, value]];
  });
  return Object.fromEntries(entries);
}
