import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { LambdaEnvironment } from '../../local/function/environment.ts';
import { createMonitor, type Login } from '../../local/postgres/roles.ts';
import { type PostgresServer, startPostgres } from '../../local/postgres/server.ts';
import { type GuardRig, startGuardRig } from '../support/guard.ts';
import { startSilentServer } from '../support/silent-server.ts';

/** Far more than a run takes here on any machine, and less than it would take to wait for what never answers: ms. */
const MINUTE = 60_000;

let server: PostgresServer;
let monitor: Login;
let rig: GuardRig;
let guard: LambdaEnvironment;

beforeAll(async () => {
  server = await startPostgres({ maxConnections: 60 });
  monitor = await createMonitor(server);
});
afterAll(() => server.stop());
beforeEach(async () => {
  rig = await startGuardRig();
  guard = await rig.start();
});
afterEach(() => rig[Symbol.asyncDispose]());

const names = Array.from({ length: 24 }, (_, index) => `db-${index}`);
const published = () => names.filter((name) => rig.values(name, 'CheckSucceeded').length > 0);

test.each([
  ['stall', 'dynamodb', 'GetItem', undefined],
  ['drip', 'dynamodb', 'UpdateItem', undefined],
  ['stall', 'sns', 'Publish', undefined],
  ['lie', 'secretsmanager', 'GetSecretValue', 1],
  ['drip', 'cloudwatch', 'PutMetricData', 1],
] as const)(
  'of 25 databases with one hung and a %s of %s %s, the other 24 have their data points while the hung one is waited for',
  async (kind, service, action, times) => {
    await using hung = await startSilentServer();
    const calm = {
      thresholds: { warning: '80%', critical: '90%' },
      sampleEvery: 60,
      checkTimeout: 45,
    } as const;
    const databases = names.map((name) => ({ ...rig.entry(name, server, monitor), ...calm }));
    // One has something to tell, at level ok.
    const [first, ...others] = databases;
    const shop = [{ name: 'shop', role: 'shop', sessions: 1000 }];
    rig.aws.fail({ kind, service, action, ...(times && { times }) });
    const running = guard.invoke(
      {
        databases: [{ ...first, budgets: shop }, ...others, { ...rig.entry('hung', hung, monitor), ...calm }],
      },
      MINUTE,
    );
    running.catch(() => {});
    await expect.poll(published, { timeout: 30_000 }).toEqual(names);
    expect(guard.logs.filter(({ database, event }) => database === 'hung' && event === 'check.done')).toEqual(
      [],
    );
    expect(rig.aws.calls).toContainEqual(expect.objectContaining({ service, action, outcome: kind }));
    await hung.end();
    await Promise.allSettled([running]);
    expect(rig.values('hung', 'CheckSucceeded')).toEqual([0]);
  },
);
