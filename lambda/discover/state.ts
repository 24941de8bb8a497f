import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as v from 'valibot';
import { DISCOVERY_KEY, packed } from '../remember/discovered-list.ts';
import { type Lease, tryLease } from '../remember/lease.ts';
import { timeoutSignal } from '../shared/abort.ts';
import type { Clock } from '../shared/clock.ts';
import { GuardError } from '../shared/guard-error.ts';
import type { Entry } from './entry.ts';

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

/** A pass that is the only one. */
export interface Turn {
  readonly state: DiscoveryState;
  /** Stores the state and, where it is known, the list of all that is watched, and lets the next pass begin. */
  end(state: DiscoveryState, list: readonly Entry[] | null): Promise<void>;
}

/** What {@link takeTurn} works with. */
export interface TurnParts {
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
export async function takeTurn({ client, tableName, clock, signal }: TurnParts): Promise<Turn> {
  for (let tries = 1; ; tries += 1) {
    const now = clock.now();
    const lease = await tryLease({ client, tableName, key: DISCOVERY_KEY }, now, LEASE, signal);
    if (lease !== null) return turnOf(lease, now);
    if (tries === TRIES) throw new DiscoveryBusyError('another pass of discovery is under way');
    await clock.sleep(TRY_EVERY, signal);
  }
}

function turnOf({ item, release }: Lease, now: number): Turn {
  return {
    state: parseState(item['state']?.S, now),
    // The pass itself may have been broken off.
    end: (state, list) =>
      release(
        { state: { S: JSON.stringify(state) }, ...(list && { watched: packed(list) }) },
        timeoutSignal(RELEASED_WITHIN),
      ),
  };
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
