import { randomUUID } from 'node:crypto';
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { Clock } from '../shared/clock.ts';
import {
  MemoryConflictError,
  MemoryFormatError,
  type MemoryStore,
  parseMemory,
  type StoredMemory,
} from './store.ts';

/** What the store works with. */
export interface MemoryStoreParts {
  readonly client: DynamoDBClient;
  /** A table with the partition key `database` (S) and `expiresAt` as its TTL attribute. */
  readonly tableName: string;
  readonly clock: Pick<Clock, 'now'>;
}

/** A database that was not checked for so long (30 days, in seconds) is forgotten. */
const KEEP_FOR = 30 * 86_400;

/**
 * Memories in DynamoDB, one item for each database: `database` (key), `version`, `memory` (JSON), `writer` (a token of
 * the save that wrote it), `expiresAt` (seconds since the epoch).
 */
export function createMemoryStore({ client, tableName, clock }: MemoryStoreParts): MemoryStore {
  async function read(database: string, signal: AbortSignal) {
    const command = new GetItemCommand({
      TableName: tableName,
      Key: { database: { S: database } },
      ConsistentRead: true,
    });
    const { Item: item } = await client.send(command, { abortSignal: signal });
    return item;
  }

  /**
   * Was it our own write that a conditional write ran into? The SDK repeats a request whose answer got lost, and finds
   * its own version stored.
   */
  async function wrote(database: string, writer: string, signal: AbortSignal): Promise<boolean> {
    const item = await read(database, signal);
    return item?.['writer']?.S === writer;
  }

  return {
    load: async (database, signal) => {
      const item = await read(database, signal);
      return item === undefined ? null : readItem(item);
    },

    save: async (database, memory, version, signal) => {
      const writer = randomUUID();
      const command = new UpdateItemCommand({
        TableName: tableName,
        Key: { database: { S: database } },
        UpdateExpression:
          'SET #version = :next, #memory = :memory, #writer = :writer, #expiresAt = :expiresAt',
        ConditionExpression: version === 0 ? 'attribute_not_exists(#version)' : '#version = :version',
        ExpressionAttributeNames: {
          '#version': 'version',
          '#memory': 'memory',
          '#writer': 'writer',
          '#expiresAt': 'expiresAt',
        },
        ExpressionAttributeValues: {
          ...(version > 0 && { ':version': { N: String(version) } }),
          ':next': { N: String(version + 1) },
          ':memory': { S: JSON.stringify(memory) },
          ':writer': { S: writer },
          ':expiresAt': { N: String(Math.ceil(clock.now() / 1000) + KEEP_FOR) },
        },
      });
      try {
        await client.send(command, { abortSignal: signal });
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        if (!(await wrote(database, writer, signal))) {
          throw new MemoryConflictError(`another run stored a newer memory of ${database}`, { cause: error });
        }
      }
      return version + 1;
    },
  };
}

/** Without a version the item counts as not stored: a save with version 0 then overwrites it. */
function readItem(item: Record<string, AttributeValue>): StoredMemory {
  const { version: stored, memory: json } = item;
  const version = Number(stored?.N ?? 0);
  try {
    return { memory: parseMemory(JSON.parse(json?.S ?? 'null')), version, problem: null };
  } catch (error) {
    if (!(error instanceof MemoryFormatError || error instanceof SyntaxError)) throw error;
    return { memory: null, version, problem: error.message };
  }
}
