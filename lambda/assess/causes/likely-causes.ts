import { bounded } from '../../model/holders.ts';
import type { LikelyCause } from '../../model/likely-cause.ts';
import type { Sample } from '../../model/observation.ts';
import { keptAfterRequest, openStreams, openTransactions, people } from './leaks.ts';
import { busy, logins } from './load.ts';
import { fixedPool, frozenClients, nearLimit, oneClient, replicas } from './pools.ts';

/**
 * The shapes of leaks and overloads that were seen in real incidents. Each is told only with the figures that show it, and gives null
 * where the sample does not.
 */
const SIGNATURES: readonly ((sample: Sample) => LikelyCause | null)[] = [
  openStreams,
  keptAfterRequest,
  fixedPool,
  openTransactions,
  frozenClients,
  replicas,
  oneClient,
  busy,
  logins,
  people,
  nearLimit,
];

/** Fewer sessions than this show no pattern. */
const FEWEST_SESSIONS = 10;

/** A message names the causes with the most sessions, no more. */
const MOST_CAUSES = 2;

/** The likely causes that the sample shows, the one with most sessions first. */
export function likelyCauses(sample: Sample): readonly LikelyCause[] {
  if (sample.used < FEWEST_SESSIONS) return [];
  const short = { ...sample, groups: sample.groups.map(bounded) };
  const found = SIGNATURES.map((signature) => signature(short)).filter((hint) => hint !== null);
  // That one client holds most is no news where its sessions are told of already.
  const says = found.some(({ id }) => id === 'kept-after-request' || id === 'open-streams');
  const telling = found.filter(({ id }) => !says || id !== 'one-client');
  return telling.sort((a, b) => b.sessions - a.sessions).slice(0, MOST_CAUSES);
}
