import { expect, test } from 'vitest';
import type { LikelyCause } from '../../../../lambda/model/likely-cause.ts';
import { renderAlerts } from '../../../../lambda/report/delivery/render.ts';
import type { Alert } from '../../../../lambda/report/message/alert.ts';
import { lowerPool } from '../../../../lambda/report/message/budget-section.ts';
import { alertAfter, database, group, leak } from '../situations.ts';

const leadOf = (alert: Alert) =>
  renderAlerts([alert], { timeZone: 'UTC' }).text.replace(/\s+/g, ' ').split(' LIKELY CAUSE')[0];

const cause = (id: LikelyCause['id'], remedy: string): LikelyCause => ({
  id,
  remedy,
  role: null,
  sessions: 160,
  cause: 'What it is',
  evidence: '160 sessions',
});

const budget = cause('over-budget', 'Lower the pool');
const failover = cause('failover', 'Give clients a minute');

test('a budget or a failover alone gives the first step itself, and leaves it to any other cause', () => {
  const critical = alertAfter(leak(160));
  expect(leadOf({ ...critical, causes: [budget] })).toContain('Do now: lower the pool.');
  expect(leadOf({ ...critical, causes: [budget, failover] })).toContain('Do now: give clients a minute.');
  expect(leadOf({ ...critical, causes: [budget, failover, ...critical.causes] })).toContain(
    'Do now: end what orders_app left idle',
  );
});

test.each([
  ['gunicorn', 'SQLAlchemy: pool_size'],
  ['puma', 'Rails: pool'],
  ['prisma-client', 'Prisma: connection_limit'],
  ['PostgreSQL JDBC Driver', '(HikariCP: maximumPoolSize)'],
  ['pgbouncer', 'PgBouncer: default_pool_size'],
  ['psql', 'close the tools'],
  ['checkout', 'HikariCP: maximumPoolSize; node-postgres: max'],
])('a budget that %s exceeds is told with the setting of its pool', (application, setting) => {
  const { budgets } = database({ budgets: [{ name: 'shop', role: 'shop', sessions: 10 }] });
  const groups = [
    group(40, { role: 'shop', application }),
    group(90),
    group(2, { role: 'shop', application: '' }),
  ];
  expect(lowerPool('shop', groups, budgets)).toContain(setting);
});
