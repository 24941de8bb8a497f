/** What kind of program opens sessions under an application name, as far as the name tells. */
export type ApplicationKind = 'unnamed' | 'python' | 'ruby' | 'node' | 'jdbc' | 'pooler' | 'person' | 'other';

const KINDS: readonly (readonly [RegExp, ApplicationKind])[] = [
  [/^$/, 'unnamed'],
  [/pgbouncer|pgcat|odyssey|pgpool|rds ?proxy/i, 'pooler'],
  [/^(?:psql|pgAdmin|DBeaver|DataGrip|TablePlus|Navicat)/i, 'person'],
  [/JDBC|hikari/i, 'jdbc'],
  [/django|gunicorn|uvicorn|uwsgi|celery|flask|fastapi|python|sqlalchemy/i, 'python'],
  [/rails|puma|sidekiq|unicorn|ruby|resque/i, 'ruby'],
  [/node|prisma|sequelize|knex|typeorm/i, 'node'],
];

/** See {@link ApplicationKind}. */
export function applicationKind(application: string): ApplicationKind {
  return KINDS.find(([pattern]) => pattern.test(application))?.[1] ?? 'other';
}
