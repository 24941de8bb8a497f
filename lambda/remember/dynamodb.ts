import { randomUUID } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
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

/** The last version that can be counted on from. */
const LAST_VERSION = Number.MAX_SAFE_INTEGER - 1;

/** True of an item without a version, or with one that somebody has edited into nonsense: it is overwritten. */
const NO_VERSION =
  'attribute_not_exists(#version) OR NOT attribute_type(#version, :number) OR NOT #version BETWEEN :first AND :last';

/**
 * Memories in DynamoDB, one item for each database: `database` (key), `version`, `memory` (JSON, deflated: reads are paid
 * for by 4 kB, writes by 1 kB), `writer` (a token of the save that wrote it), `expiresAt` (seconds since the epoch).
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
      return item === undefined ? null : readItem(item, clock.now());
    },

    save: async (database, memory, version, signal) => {
      const writer = randomUUID();
      const command = new UpdateItemCommand({
        TableName: tableName,
        Key: { database: { S: database } },
        UpdateExpression:
          'SET #version = :next, #memory = :memory, #writer = :writer, #expiresAt = :expiresAt',
        ConditionExpression: version === 0 ? NO_VERSION : '#version = :version',
        ExpressionAttributeNames: {
          '#version': 'version',
          '#memory': 'memory',
          '#writer': 'writer',
          '#expiresAt': 'expiresAt',
        },
        ExpressionAttributeValues: {
          ...(version > 0
            ? { ':version': { N: String(version) } }
            : { ':number': { S: 'N' }, ':first': { N: '1' }, ':last': { N: String(LAST_VERSION) } }),
          ':next': { N: String(version + 1) },
          ':memory': { B: deflateRawSync(JSON.stringify(memory)) },
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

/** Without a version that can be counted on from, the item counts as not stored: a save with version 0 overwrites it. */
function readItem(item: Record<string, AttributeValue>, now: number): StoredMemory {
  const { version: stored, memory: value } = item;
  const number = Number(stored?.N);
  const version = number >= 1 && number <= LAST_VERSION ? number : 0;
  try {
    return { memory: parseMemory(textOf(value), now), version, problem: null };
  } catch (error) {
    if (!(error instanceof MemoryFormatError)) throw error;
    return { memory: null, version, problem: error.message };
  }
}

/** More is no memory of ours. */
const MOST_BYTES = 1024 * 1024;

/** Version 0.1.0 stored the text itself. */
function textOf(value: AttributeValue | undefined): string {
  if (value?.B === undefined) return value?.S ?? 'null';
  try {
    return inflateRawSync(value.B, { maxOutputLength: MOST_BYTES }).toString();
  } catch (cause) {
    throw new MemoryFormatError('not a memory: it cannot be inflated', { cause });
  }
}
