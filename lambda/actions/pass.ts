import { levelThresholds } from '../model/level-thresholds.ts';
import { type Sample, usableSlots } from '../model/observation.ts';
import type { Observer } from '../model/observer.ts';
import type { Session } from '../model/session.ts';
import { reclaim } from '../reclaim/reclaim.ts';
import { GuardError } from '../shared/guard-error.ts';
import type { ActParts } from './answer.ts';

/** One pass of reclaim with nothing to reserve: what a person ends is not taken from the guard's budget of the hour. */
export async function pass(
  { database, ...parts }: ActParts,
  sample: Sample,
  session: Session,
  how: Pick<Parameters<typeof reclaim>[0], 'policy' | 'level' | 'memory' | 'known' | 'named'>,
) {
  return await reclaim({
    ...parts,
    ...how,
    database: database.name,
    session,
    sample,
    sinceSample: null,
    thresholds: levelThresholds(database, usableSlots(sample.capacity)),
    budgets: database.budgets,
    reserve: async () => {},
  });
}

/** The session that took the sample. @throws {GuardError} when it was lost since. */
export function sessionOf({ session }: Observer): Session {
  if (session === null) throw new GuardError('the session was lost right after the sample: ask again');
  return session;
}
