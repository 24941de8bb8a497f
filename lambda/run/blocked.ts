import { manyWaiting } from '../model/head-blocker.ts';
import { atLeast, type Level } from '../model/level.ts';
import type { Observation } from '../model/observation.ts';
import type { Observer } from '../model/observer.ts';
import { headBlocker } from '../observe/head-blocker.ts';
import { orAborted } from '../shared/abort.ts';
import { toError } from '../shared/to-error.ts';
import type { DeliverParts } from './deliver.ts';

/** The observation with the session that blocks the others: looked up from critical on, when many wait for locks. */
export async function withHeadBlocker(
  {
    observer,
    database,
    log,
    signal,
  }: Pick<DeliverParts, 'database' | 'log'> & {
    readonly observer: Observer;
    readonly signal: AbortSignal;
  },
  observation: Observation,
  level: Level,
): Promise<Observation> {
  const { session } = observer;
  if (observation.kind !== 'sample' || session === null || !atLeast(level, 'critical')) return observation;
  const waiting = manyWaiting(observation);
  if (waiting === 0) return observation;
  try {
    return { ...observation, headBlocker: await orAborted(headBlocker(session, waiting), signal) };
  } catch (error) {
    // The sample is reported without it.
    log('WARN', 'blocker.unknown', { database: database.name, error: toError(error).message });
    return observation;
  }
}
