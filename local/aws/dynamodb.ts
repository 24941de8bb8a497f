import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import dynalite from 'dynalite';
import type { AwsRequest, Reply } from './wire.ts';

/** DynamoDB in memory, on a loopback port of its own that only the local endpoint talks to. */
export interface LocalDynamoDb {
  /** Hands a request on and brings back the answer as it is. */
  forward(request: AwsRequest): Promise<Reply>;
  close(): Promise<void>;
}

/** dynalite wants the parts of a signature, but does not verify it. */
const SIGNED = {
  authorization:
    'AWS4-HMAC-SHA256 Credential=local/20260101/local/dynamodb/aws4_request, SignedHeaders=host, Signature=local',
  'x-amz-date': '20260101T000000Z',
};

/** Starts DynamoDB with empty tables of these names, each with the partition key `database` (a string). */
export async function startDynamoDb(tables: readonly string[]): Promise<LocalDynamoDb> {
  const server = dynalite({ createTableMs: 0 }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('dynalite has no port');
  const url = `http://127.0.0.1:${address.port}/`;

  const local: LocalDynamoDb = {
    forward: async ({ target, body, headers }) => {
      const { authorization = '', 'x-amz-date': date } = headers;
      return post(url, target, body, { authorization, 'x-amz-date': String(date) });
    },
    close: async () => {
      const closed = new Promise<void>((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
      });
      server.closeAllConnections();
      await closed;
    },
  };
  for (const table of tables) await createTable(url, table);
  return local;
}

async function createTable(url: string, name: string): Promise<void> {
  await ask(url, 'CreateTable', {
    TableName: name,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: 'database', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'database', KeyType: 'HASH' }],
  });
  while (!(await ask(url, 'DescribeTable', { TableName: name })).includes('"ACTIVE"')) await delay(2);
}

async function ask(url: string, action: string, input: unknown): Promise<string> {
  const reply = await post(url, `DynamoDB_20120810.${action}`, JSON.stringify(input), SIGNED);
  if (reply.status !== 200) throw new Error(`dynalite ${action}: ${reply.body}`);
  return reply.body;
}

async function post(
  url: string,
  target: string,
  body: string,
  signature: Record<string, string>,
): Promise<Reply> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { ...signature, 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': target },
    body,
  });
  return {
    status: answer.status,
    headers: { 'content-type': 'application/x-amz-json-1.0' },
    body: await answer.text(),
  };
}
