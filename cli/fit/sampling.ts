import type { Observation, Sample } from '../../lambda/model/observation.ts';
import type { Observer } from '../../lambda/model/observer.ts';
import type { Connection } from '../connection/connection.ts';
import type { Context } from '../context.ts';
import { sampleWith } from '../take-sample.ts';

/** Between two samples, in ms: short enough that work of a second is seen. */
const EVERY = 1000;

/** Any observation that is not a sample. */
export type NoSample = Exclude<Observation, Sample>;

/**
 * Samples once, and then every second for `seconds`.
 *
 * @returns every sample, oldest first; or the first observation that is none, for then nothing is known of the whole time.
 */
export async function sampleFor(
  observer: Observer,
  seconds: number,
  connection: Connection,
  context: Context,
): Promise<readonly [Sample, ...Sample[]] | NoSample> {
  const { clock, signal } = context;
  const until = clock.now() + seconds * 1000;
  const first = await sampleWith(observer, connection, context);
  if (first.kind !== 'sample') return first;
  const samples: [Sample, ...Sample[]] = [first];
  while (clock.now() < until) {
    await clock.sleep(Math.min(EVERY, Math.max(0, until - clock.now())), signal);
    const next = await observer.sample(signal);
    signal.throwIfAborted();
    if (next.kind !== 'sample') return next;
    samples.push(next);
  }
  return samples;
}
