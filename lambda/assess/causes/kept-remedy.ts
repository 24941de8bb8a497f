import type { ApplicationKind } from '../../model/application-kind.ts';

/** How a finished request or task gives its session back, in the words of the program that keeps it. */
export const KEPT_REMEDY: Readonly<Record<ApplicationKind, string>> = {
  unnamed: 'Django: CONN_MAX_AGE = 0. Celery: close_old_connections',
  python: 'Django: CONN_MAX_AGE = 0. SQLAlchemy: close each Session. Celery: close_old_connections',
  ruby: 'Rails: pool in database.yml no larger than the threads of one process',
  node: 'node-postgres: release() in finally. Prisma: one client, connection_limit',
  jdbc: 'Close connections with try-with-resources; HikariCP: set minimumIdle and idleTimeout',
  pooler: "Lower the pooler's pool size (PgBouncer: default_pool_size, server_idle_timeout)",
  person: 'These can be ended without harm to the application',
  other: 'Close the connection, or give it back to its pool, at the end of each request or task',
};
