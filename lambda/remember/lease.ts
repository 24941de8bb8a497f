import { randomUUID } from 'node:crypto';
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';

type Attributes = Readonly<Record<string, AttributeValue>>;

/** Where a lease is kept: an item of the guard's table. */
export interface LeasePlace {
  readonly client: DynamoDBClient;
  readonly tableName: string;
  /** The item's key: it begins with `#`, as no name of a database does. */
  readonly key: string;
}

/** The right to be the only one at something, until it is given back or its time is over. */
export interface Lease {
  /** The item as the last holder left it. */
  readonly item: Attributes;
  /** Gives it back, and leaves these attributes to the next holder. Changes nothing once another has taken it over. */
  release(this: void, attributes: Attributes, signal: AbortSignal): Promise<void>;
}

/**
 * Takes a lease, unless another holds it.
 *
 * @param now ms since the epoch.
 * @param length ms, longer than its holder may live.
 * @returns null while another holds it.
 */
export async function tryLease(
  place: LeasePlace,
  now: number,
  length: number,
  signal: AbortSignal,
): Promise<Lease | null> {
  const holder = randomUUID();
  const item = await update(
    place,
    {
      UpdateExpression: 'SET #lease = :until, #holder = :holder',
      // A repeated request whose answer got lost finds its own lease. One beyond the longest comes from a clock that was wrong.
      ConditionExpression:
        'attribute_not_exists(#lease) OR NOT attribute_type(#lease, :number) OR NOT #lease BETWEEN :now AND :until OR #holder = :holder',
      ExpressionAttributeNames: { '#lease': 'lease', '#holder': 'holder' },
      ExpressionAttributeValues: {
        ':until': { N: String(now + length) },
        ':now': { N: String(now) },
        ':number': { S: 'N' },
        ':holder': { S: holder },
      },
    },
    signal,
  );
  if (item === null) return null;
  return {
    item,
    release: async (attributes, limit) => {
      const names = Object.keys(attributes);
      const values = Object.entries(attributes).map(([name, value]) => [`:${name}`, value] as const);
      await update(
        place,
        {
          UpdateExpression: `SET ${names.map((name) => `#${name} = :${name}`).join(', ')} REMOVE #lease, #holder`,
          ConditionExpression: '#holder = :holder',
          ExpressionAttributeNames: Object.fromEntries(
            [...names, 'lease', 'holder'].map((name) => [`#${name}`, name]),
          ),
          ExpressionAttributeValues: { ...Object.fromEntries(values), ':holder': { S: holder } },
        },
        limit,
      );
    },
  };
}

/** The item afterwards; null when the condition does not hold. */
async function update(
  { client, tableName, key }: LeasePlace,
  change: Omit<UpdateItemCommandInput, 'TableName' | 'Key'>,
  abortSignal: AbortSignal,
): Promise<Attributes | null> {
  const command = new UpdateItemCommand({
    TableName: tableName,
    Key: { database: { S: key } },
    ReturnValues: 'ALL_NEW',
    ...change,
  });
  try {
    const { Attributes: item = {} } = await client.send(command, { abortSignal });
    return item;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return null;
    throw error;
  }
}
