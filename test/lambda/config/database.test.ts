import { describe, expect, it } from 'vitest';
import { memoryKeyOf } from '../../../lambda/config/database.ts';
import { readEnvironment } from '../../../lambda/config/environment.ts';
import { parseEvent } from '../../../lambda/config/event.ts';
import { ConfigurationError } from '../../../lambda/config/validation.ts';

const orders = { name: 'orders', host: 'orders.example.com', login: { iam: { user: 'guard' } } };

function mistakes(action: () => unknown): Record<string, string> {
  try {
    action();
  } catch (error) {
    if (error instanceof ConfigurationError)
      return Object.fromEntries(
        error.mistakes.map(({ path, found, allowed }) => [path, `${found} | ${allowed}`]),
      );
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('an event', () => {
  it('needs no more than a name, a host and a login for each database', () => {
    const [database] = parseEvent({ databases: [orders] }).databases;
    expect(database).toMatchObject({
      port: 5432,
      database: 'postgres',
      thresholds: { warning: '70%', critical: '85%' },
      sampleEvery: 5,
      sampleEveryUnderPressure: 5,
      checkTimeout: 10,
      tls: { mode: 'verify-full' },
      reclaim: { mode: 'off' },
    });
  });

  it('is refused with all its mistakes at once, each with its path, what was found and what is allowed', () => {
    const found = mistakes(() =>
      parseEvent({
        databases: [
          { ...orders, port: 0, thresholds: { warning: '170%', critical: 12 }, colour: 'red' },
          { name: 'orders', host: 'x', login: { password: 'hunter2' } },
          { name: 'søren', host: 'y', login: orders.login },
        ],
        extra: 1,
      }),
    );
    expect(found).toEqual({
      extra: expect.stringContaining('only databases'),
      'databases[0].port': '0 | a whole number from 1 to 65535',
      'databases[0].thresholds.warning': expect.stringContaining('’NN left’'),
      'databases[0].colour': expect.stringMatching(/^"colour" \| only name, host, port/),
      'databases[1].login':
        'an object with password | { iam: { user, resourceId } }, { secretArn } or { secretName }',
      'databases[2].name': expect.stringContaining('CloudWatch dimension'),
    });
  });

  it('refuses a name that another database has, for the name is the key of everything', () => {
    const found = mistakes(() => parseEvent({ databases: [orders, { ...orders, host: 'other' }] }));
    expect(Object.values(found).join()).toContain('a name that no other database has');
  });

  it('refuses the endpoint of an RDS Proxy and says why', () => {
    const host = 'app.proxy-c0ffee1234.eu-west-1.rds.amazonaws.com';
    expect(mistakes(() => parseEvent({ databases: [{ ...orders, host }] }))).toEqual({
      'databases[0].host': expect.stringContaining('behind RDS Proxy'),
    });
  });

  it.each([
    [{ warning: 100, critical: 100 }],
    [{ warning: '90%', critical: '85%' }],
    [{ warning: '5 left', critical: '10 left' }],
  ])('refuses thresholds of which the critical one comes first: %j', (thresholds) => {
    expect(mistakes(() => parseEvent({ databases: [{ ...orders, thresholds }] }))).toEqual({
      'databases[0].thresholds': expect.stringContaining('before the critical one'),
    });
  });

  it.each([null, [], 'databases', {}, { databases: [] }])('refuses %j', (event) => {
    expect(() => parseEvent(event)).toThrow(ConfigurationError);
  });

  it('refuses more databases than one run can check', () => {
    const databases = Array.from({ length: 26 }, (_, index) => ({ ...orders, name: `orders-${index}` }));
    expect(mistakes(() => parseEvent({ databases }))).toEqual({
      databases: 'a list of 26 | at most 25 databases in one event',
    });
  });
});

describe('what the guard remembers of a database', () => {
  it('is kept under its name, or under the resource id of a discovered one, which a rename leaves alone', () => {
    const [byHand, before, after] = parseEvent({
      databases: [
        orders,
        { ...orders, name: 'a', discovered: { resourceId: 'db-ORDERS' } },
        { ...orders, name: 'b', discovered: { resourceId: 'db-ORDERS', failoverAt: 1 } },
      ],
    }).databases;
    expect([byHand, before, after].map((entry) => entry && memoryKeyOf(entry))).toEqual([
      'orders',
      'db-ORDERS',
      'db-ORDERS',
    ]);
  });
});

describe('the environment of the function', () => {
  const complete = {
    AWS_REGION: 'eu-west-1',
    GUARD_TABLE_NAME: 'memory',
    GUARD_WARNING_TOPIC_ARN: 'arn:aws:sns:eu-west-1:123456789012:warning',
    GUARD_CRITICAL_TOPIC_ARN: 'arn:aws:sns:eu-west-1:123456789012:critical',
  };

  it('writes times in UTC unless a zone is set', () => {
    expect(readEnvironment(complete).GUARD_TIME_ZONE).toBe('UTC');
    expect(readEnvironment({ ...complete, GUARD_TIME_ZONE: 'Europe/Berlin' }).GUARD_TIME_ZONE).toBe(
      'Europe/Berlin',
    );
  });

  it('is refused with every variable that is missing or wrong', () => {
    const found = mistakes(() =>
      readEnvironment({ GUARD_TABLE_NAME: 'memory', GUARD_TIME_ZONE: 'Mars/Olympus' }),
    );
    expect(Object.keys(found).sort()).toEqual([
      'AWS_REGION',
      'GUARD_CRITICAL_TOPIC_ARN',
      'GUARD_TIME_ZONE',
      'GUARD_WARNING_TOPIC_ARN',
    ]);
  });
});
