import { knownSessions } from '../../lambda/assess/predictions/scores.ts';
import type { SessionHistory } from '../../lambda/assess/predictions/session-history.ts';
import { levelThresholds } from '../../lambda/model/level-thresholds.ts';
import { usableSlots } from '../../lambda/model/observation.ts';
import type { Learned } from '../../lambda/model/prediction.ts';
import { allowedAt, isEarned } from '../../lambda/reclaim/earned.ts';
import { reasonsChosen } from '../../lambda/report/message/ended-sessions.ts';
import type { Frame } from './frame.ts';

/**
 * The idle sessions of which a rule that has earned its right says that no client comes back, counted by rule, each with its
 * score: `12 used once and idle for over 5 s: of the last 70 such, none came back`.
 */
export function finishedSessions(
  history: SessionHistory,
  learned: Learned,
  { judged: { database }, sample }: NonNullable<Frame['last']>,
): readonly string[] {
  const allowed = allowedAt(sample.used, levelThresholds(database, usableSlots(sample.capacity)));
  const known = [...knownSessions(history, learned).values()];
  return reasonsChosen(known.filter((session) => isEarned(session, allowed)));
}

/** The same as a line; nothing where no rule has earned its right or none of its sessions is idle. */
export function finishedLine(finished: readonly string[]): string[] {
  return finished.length === 0 ? [] : [`finished, by the rules of reclaim: ${finished.join('; ')}`];
}
