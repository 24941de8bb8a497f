import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { startAwsEndpoint } from '../aws/endpoint.ts';
import type { FaultKind } from '../aws/faults.ts';
import { LOCAL_ACCOUNT, LOCAL_REGION, LOCAL_TABLE, LOCAL_TOPIC_ARN } from '../aws/records.ts';
import { startLambdaEnvironment } from '../function/environment.ts';
import { createMonitor, createRole } from '../postgres/roles.ts';
import { startPostgres } from '../postgres/server.ts';
import { row } from './report.ts';

/** What DynamoDB may do while slots are needed. */
const CASES: readonly { readonly name: string; readonly fault: FaultKind | null }[] = [
  { name: 'as it should be', fault: null },
  { name: 'answering 500', fault: 'server-error' },
  { name: 'throttling', fault: 'throttle' },
  { name: 'silent', fault: 'hang' },
  { name: 'stalled after the headers', fault: 'stall' },
];

const MAX_CONNECTIONS = 40;
const SESSIONS = 34;

/** Idle for longer than this is stale, in seconds: the sessions are left alone for that long first. */
const STALE = 1;

const TURNS = 5;

/**
 * From the begin of a run on a server that has become critical to the first slot given back, whatever DynamoDB does
 * from then on. The function is warm and has seen the database when it was calm.
 */
export async function measureFirstSlot(bundleFile: string): Promise<void> {
  await using server = await startPostgres({ maxConnections: MAX_CONNECTIONS });
  const monitor = await createMonitor(server, { canSignal: true });
  const app = await createRole(server);
  const secretArn = `arn:aws:secretsmanager:${LOCAL_REGION}:${LOCAL_ACCOUNT}:secret:orders-AbCdEf`;
  const aws = await startAwsEndpoint();
  aws.setSecret(secretArn, JSON.stringify({ username: monitor.user, password: monitor.password }));
  const { host, port } = server;
  const reclaim = { mode: 'terminate', idleFor: STALE, usedOnceFor: STALE, idleForAtFull: STALE };
  /** Another name is another database: a pool that opens again what was ended is left alone for a while. */
  const event = (name: string) => ({
    databases: [{ name, host, port, login: { secretArn }, tls: { mode: 'disable' }, reclaim }],
  });
  const environment = await startLambdaEnvironment({
    bundleFile,
    variables: {
      ...aws.environment(),
      GUARD_TABLE_NAME: LOCAL_TABLE,
      GUARD_WARNING_TOPIC_ARN: LOCAL_TOPIC_ARN,
      GUARD_CRITICAL_TOPIC_ARN: LOCAL_TOPIC_ARN,
    },
  });
  /** A run of one sample; the function reports what AWS refused by throwing, which is not the point here. */
  const run = (name: string) => environment.invoke(event(name), 8000).catch(() => {});
  try {
    for (const { name, fault } of CASES) {
      const times: number[] = [];
      for (let turn = 0; turn < TURNS; turn++) {
        const database = `${fault ?? 'well'}-${turn}`;
        await run(database);
        const clients = await Promise.all(
          Array.from(
            { length: SESSIONS },
            () => new Client({ host, port, database: 'postgres', ...app }),
          ).map(async (client) => {
            client.on('error', () => {});
            await client.connect();
            await client.query('SELECT 1');
            return client;
          }),
        );
        await delay(STALE * 1000 + 500);
        const lift = fault === null ? () => {} : aws.fail({ kind: fault, service: 'dynamodb' });
        const began = performance.now();
        const back = Promise.race(
          clients.map(
            (client) => new Promise<number>((resolve) => client.on('end', () => resolve(performance.now()))),
          ),
        );
        const ran = run(database);
        const at = await Promise.race([back, ran.then(() => null)]);
        if (at !== null) times.push(at - began);
        lift();
        await ran;
        await Promise.all(clients.map((client) => client.end()));
      }
      const slowest = times.length === TURNS ? `${Math.max(...times).toFixed(0)} ms` : 'none came';
      row(`critical to the first slot back, slowest of ${TURNS}; DynamoDB ${name}`, slowest, 'at most 3 s');
    }
  } finally {
    await environment.stop();
    await aws.close();
  }
}
