import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { type AttributeValue, type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';

// What discovery has had watched, for the function of the actions: it may not read schedules. Discovery leaves it in its own
// item of the guard's table after each pass.

/** The key of discovery's item in the guard's table: no name of a database begins so. */
export const DISCOVERY_KEY = '#discovery';

/** More is no list of ours. */
const MOST_BYTES = 4 * 1024 * 1024;

/** The list as an attribute: deflated, 2500 entries take some 120 kB of the 400 that an item may have. */
export function packed(entries: readonly object[]): AttributeValue {
  return { B: deflateRawSync(JSON.stringify(entries)) };
}

/**
 * The list as the last pass left it; empty where there was none. Whoever may update an item of the table can have written
 * it: believe an entry only as far as `trustedIn` does.
 */
export async function readDiscovered(
  client: DynamoDBClient,
  tableName: string,
  abortSignal: AbortSignal,
): Promise<unknown> {
  const command = new GetItemCommand({ TableName: tableName, Key: { database: { S: DISCOVERY_KEY } } });
  const { Item: item } = await client.send(command, { abortSignal });
  const list = item?.['watched']?.B;
  if (list === undefined) return [];
  return JSON.parse(inflateRawSync(list, { maxOutputLength: MOST_BYTES }).toString());
}
