import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type Database, memoryKeyOf } from '../config/database.ts';
import { tryLease } from '../remember/lease.ts';
import { timeoutSignal } from '../shared/abort.ts';
import type { Clock } from '../shared/clock.ts';
import type { Log } from '../shared/log.ts';
import { toError } from '../shared/to-error.ts';

/** So long a request that has died keeps others out, in ms: as long as the function may run. */
const LENGTH = 60_000;

/** The longest that giving the right back may take, in ms. */
const RELEASED_WITHIN = 400;

/** What {@link alone} works with. */
export interface AloneParts {
  readonly client: DynamoDBClient;
  readonly tableName: string;
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/**
 * Does what ends sessions of a database as the only request at that moment: of two that are under way at once, each would
 * count the session that the other is logged in with, and end one more.
 *
 * @returns null, with nothing done, while another is at it.
 */
export async function alone<T>(
  work: () => Promise<T>,
  { client, tableName, database, clock, log, signal }: AloneParts,
): Promise<T | null> {
  const key = `#terminate/${memoryKeyOf(database)}`;
  const lease = await tryLease({ client, tableName, key }, clock.now(), LENGTH, signal);
  if (lease === null) return null;
  try {
    return await work();
  } finally {
    // DynamoDB then deletes the item. What fails here ends by itself, and must not hide what was done.
    const expiresAt = { N: String(Math.ceil((clock.now() + LENGTH) / 1000)) };
    await lease
      .release({ expiresAt }, timeoutSignal(RELEASED_WITHIN))
      .catch((error: unknown) => log('WARN', 'action.lease', { error: toError(error).message }));
  }
}
