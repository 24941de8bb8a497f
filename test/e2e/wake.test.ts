import { once } from 'node:events';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LambdaEnvironment, startLambdaEnvironment } from '../../local/function/environment.ts';

// The built wake function against the two REST calls that it makes: Scheduler's GetSchedule and Lambda's Invoke.

const SCHEDULED = {
  databases: [{ host: 'o', name: 'orders' }, { name: 'shop/1' }, { name: 'shop/2' }, { name: 'shopping' }],
};
const BUNDLE = fileURLToPath(new URL('../../dist/wake/index.mjs', import.meta.url));

const asked: string[] = [];
const invoked: unknown[] = [];
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    response.setHeader('content-type', 'application/json');
    if (request.method === 'GET') {
      asked.push(request.url ?? '');
      response.end(JSON.stringify({ Target: { Input: JSON.stringify(SCHEDULED) } }));
      return;
    }
    invoked.push([
      request.url,
      request.headers['x-amz-invocation-type'],
      JSON.parse(Buffer.concat(chunks).toString()),
    ]);
    response.statusCode = 202;
    response.end();
  });
});
let environment: LambdaEnvironment;

beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  environment = await startLambdaEnvironment({
    bundleFile: BUNDLE,
    variables: {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${address.port}`,
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'AKIALOCALENDPOINT000',
      AWS_SECRET_ACCESS_KEY: 'local',
      GUARD_SCHEDULE_GROUP: 'group',
      GUARD_FUNCTION_NAME: 'guard',
    },
  });
});
afterAll(async () => {
  await environment?.stop();
  server.closeAllConnections();
  server.close();
});

/** What CloudWatch Logs hands over. */
const delivery = (filter: string, messageType = 'DATA_MESSAGE') => ({
  awslogs: {
    data: gzipSync(
      JSON.stringify({ messageType, logGroup: '/aws/rds/x', subscriptionFilters: [filter], logEvents: [] }),
    ).toString('base64'),
  },
});

test('the first refusal has the guard check that server with the event of its schedule; others of the minute do nothing', async () => {
  const run = (messageType?: string) => environment.invoke(delivery('run-1/orders', messageType), 5000);
  expect([await run('CONTROL_MESSAGE'), await run(), await run(), await run()]).toEqual([
    { woken: null },
    { woken: 'orders' },
    { woken: null },
    { woken: null },
  ]);
  // To the letter: the order of keys counts.
  expect(JSON.stringify(invoked)).toContain(JSON.stringify(SCHEDULED.databases));
  expect(asked).toEqual(['/schedules/run-1?groupName=group']);
  expect(invoked).toEqual([
    ['/2015-03-31/functions/guard/invocations', 'Event', { ...SCHEDULED, only: ['orders'] }],
  ]);
});

test('the refusal of a cluster has each of its instances checked', async () => {
  await environment.invoke(delivery('run-1/shop'), 5000);
  expect(invoked.at(-1)).toEqual([expect.anything(), 'Event', { ...SCHEDULED, only: ['shop/1', 'shop/2'] }]);
});

test('an event that is not from CloudWatch Logs, or names a database that the schedule has not, is an error', async () => {
  await expect(environment.invoke({ databases: [] }, 5000)).rejects.toThrow('awslogs');
  await expect(environment.invoke(delivery('run-1/other'), 5000)).rejects.toThrow('no database other');
});
