import { randomBytes } from 'node:crypto';
import { escapeIdentifier, escapeLiteral } from 'pg';
import type { PostgresServer } from './server.ts';

/** What a role is made with. */
export interface RoleOptions {
  readonly name?: string;
  /** `CONNECTION LIMIT`; none by default. */
  readonly connectionLimit?: number;
}

/** What the guard's own role may have on top of `pg_monitor`. */
export interface MonitorOptions extends RoleOptions {
  /** Grants `pg_signal_backend`, which reclaim needs. */
  readonly canSignal?: boolean;
  /** Grants `pg_use_reserved_connections`; PostgreSQL 16+. */
  readonly usesReserved?: boolean;
}

/** A role that can log in. */
export interface Login {
  readonly user: string;
  readonly password: string;
}

/** Makes an ordinary role, as an application has it. */
export async function createRole(server: PostgresServer, options: RoleOptions = {}): Promise<Login> {
  const login = { user: options.name ?? 'app', password: randomBytes(12).toString('hex') };
  const limit = options.connectionLimit === undefined ? '' : `CONNECTION LIMIT ${options.connectionLimit}`;
  await server.query(
    `CREATE ROLE ${escapeIdentifier(login.user)} LOGIN PASSWORD ${escapeLiteral(login.password)} ${limit}`,
  );
  return login;
}

/** Makes the role that the guard logs in as, as its documentation tells people to make it. */
export async function createMonitor(server: PostgresServer, options: MonitorOptions = {}): Promise<Login> {
  const login = await createRole(server, { name: 'guard', ...options });
  const grants = ['pg_monitor'];
  if (options.canSignal === true) grants.push('pg_signal_backend');
  if (options.usesReserved === true) grants.push('pg_use_reserved_connections');
  await server.query(`GRANT ${grants.join(', ')} TO ${escapeIdentifier(login.user)}`);
  return login;
}
