import { randomUUID } from 'node:crypto';
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import * as v from 'valibot';
import { timeoutSignal } from '../shared/abort.ts';
import type { Clock } from '../shared/clock.ts';
import { GuardError } from '../shared/guard-error.ts';

/** The key of discovery's item in the guard's table: no name of a database begins so. */
export const STATE_KEY = '#discovery';

/** How long a pass that has died keeps others waiting, in ms: longer than the function may run. */
export const LEASE = 150_000;

const stateSchema = v.object({
  /** See `Plan.missing`. */
  missing: v.record(v.string(), v.number()),
  /** The problem last told of each server, by its resource id. */
  told: v.record(v.string(), v.string()),
  /** Lines that people have not been told yet. */
  news: v.array(v.string()),
  /** When people were last told, ms since the epoch. */
  notifiedAt: v.number(),
});

/** What one pass leaves to the next. */
export type DiscoveryState = Readonly<v.InferOutput<typeof stateSchema>>;

const EMPTY: DiscoveryState = { missing: {}, told: {}, news: [], notifiedAt: 0 };

/** Thrown when another pass is under way for too long: try again later. */
export class DiscoveryBusyError extends GuardError {
  override readonly name = 'DiscoveryBusyError';
}

/** A pass that holds the lease, and so is the only one. */
export interface Lease {
  readonly state: DiscoveryState;
  /** Stores the state and ends the lease. */
  release(state: DiscoveryState): Promise<void>;
}

/** What {@link takeLease} works with. */
export interface LeaseParts {
  readonly client: DynamoDBClient;
  readonly tableName: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** The longest that the end of a lease may take, in ms: a pass is broken off that much before the function is. */
export const RELEASED_WITHIN = 4000;

/** How often, and for how many tries, a pass waits for the one before it. */
const TRY_EVERY = 1000;
const TRIES = 25;

/**
 * Makes this pass the only one, and brings what the last one left.
 *
 * @throws {DiscoveryBusyError} when another holds on for half a minute.
 */
export async function takeLease(parts: LeaseParts): Promise<Lease> {
  const holder = randomUUID();
  for (let tries = 1; ; tries += 1) {
    const state = await tryLease(parts, holder);
    if (state !== null) return { state, release: (next) => release(parts, holder, next) };
    if (tries === TRIES) throw new DiscoveryBusyError('another pass of discovery is under way');
    await parts.clock.sleep(TRY_EVERY, parts.signal);
  }
}

async function tryLease({ client, tableName, clock, signal }: LeaseParts, holder: string) {
  const now = clock.now();
  const command = new UpdateItemCommand({
    TableName: tableName,
    Key: { database: { S: STATE_KEY } },
    UpdateExpression: 'SET #lease = :until, #holder = :holder',
    // A repeated request whose answer got lost finds its own lease. One beyond the longest comes from a clock that was wrong.
    ConditionExpression:
      'attribute_not_exists(#lease) OR NOT attribute_type(#lease, :number) OR NOT #lease BETWEEN :now AND :until OR #holder = :holder',
    ExpressionAttributeNames: { '#lease': 'lease', '#holder': 'holder' },
    ExpressionAttributeValues: {
      ':until': { N: String(now + LEASE) },
      ':now': { N: String(now) },
      ':number': { S: 'N' },
      ':holder': { S: holder },
    },
    ReturnValues: 'ALL_NEW',
  });
  try {
    const { Attributes: item } = await client.send(command, { abortSignal: signal });
    return parseState(item?.['state']?.S, now);
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return null;
    throw error;
  }
}

async function release({ client, tableName }: LeaseParts, holder: string, state: DiscoveryState) {
  await client.send(
    new UpdateItemCommand({
      TableName: tableName,
      Key: { database: { S: STATE_KEY } },
      UpdateExpression: 'SET #state = :state REMOVE #lease, #holder',
      ConditionExpression: '#holder = :holder',
      ExpressionAttributeNames: { '#state': 'state', '#lease': 'lease', '#holder': 'holder' },
      ExpressionAttributeValues: { ':state': { S: JSON.stringify(state) }, ':holder': { S: holder } },
    }),
    // The pass itself may have been broken off.
    { abortSignal: timeoutSignal(RELEASED_WITHIN) },
  );
}

/**
 * A state that somebody has edited into nonsense is dropped: no database is removed sooner, but something may be reported
 * twice. A moment in the future, which a clock that was wrong has stored, counts as now.
 */
function parseState(text: string | undefined, now: number): DiscoveryState {
  try {
    return v.parse(
      stateSchema,
      JSON.parse(text ?? 'null', (_key, value: unknown) =>
        typeof value === 'number' ? Math.min(value, now) : value,
      ),
    );
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof v.ValiError) return EMPTY;
    throw error;
  }
}
