import type { Pool } from '../model/reclamation.ts';

/** The pool that a session belongs to. */
export function poolOf({ role, database, application }: Pool): Pool {
  return { role, database, application };
}

/** True when a session (or a pool) belongs to `pool`. */
export function inPool(session: Pool, pool: Pool): boolean {
  return (
    session.role === pool.role &&
    session.database === pool.database &&
    session.application === pool.application
  );
}
