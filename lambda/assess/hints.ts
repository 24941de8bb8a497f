import type { Sample } from '../model/observation.ts';
import { type Found, SIGNATURES } from './likely-causes.ts';

/** What probably causes it, said only with what was seen. */
export type Hint = Pick<Found, 'cause' | 'evidence' | 'remedy'>;

/** Fewer sessions than this show no pattern. */
const FEWEST_SESSIONS = 10;

/** A message names the causes with the most sessions, no more. */
const MOST_HINTS = 2;

/** The likely causes that the sample shows, the one with most sessions first. */
export function hintsFor(sample: Sample): readonly Hint[] {
  if (sample.used < FEWEST_SESSIONS) return [];
  const found = SIGNATURES.map((signature) => signature(sample)).filter((hint) => hint !== null);
  return found
    .sort((a, b) => b.sessions - a.sessions)
    .slice(0, MOST_HINTS)
    .map(({ cause, evidence, remedy }) => ({ cause, evidence, remedy }));
}
