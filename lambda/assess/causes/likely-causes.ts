import { bounded } from '../../model/holders.ts';
import type { LikelyCause } from '../../model/likely-cause.ts';
import type { Sample } from '../../model/observation.ts';
import { keptAfterRequest, openStreams, openTransactions, people } from './leaks.ts';
import { busy, failover, headBlocker, lockStorm, logins, type Renewed } from './load.ts';
import { fixedPool, frozenClients, nearLimit, oneClient, replicas, rollout } from './pools.ts';

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
  rollout,
  oneClient,
  busy,
  headBlocker,
  lockStorm,
  logins,
  people,
  nearLimit,
];

/** Fewer sessions than this show no pattern. */
const FEWEST_SESSIONS = 10;

/** What is no news once another cause is told. */
const SAID_BY: Readonly<Partial<Record<LikelyCause['id'], readonly LikelyCause['id'][]>>> = {
  'one-client': ['kept-after-request', 'open-streams', 'rollout'],
  'pool-times-replicas': ['rollout'],
  rollout: ['failover'],
  busy: ['head-blocker', 'lock-storm'],
};

/** A message names the causes with the most sessions, no more. */
const MOST_CAUSES = 2;

/**
 * The likely causes that the sample shows, the one with most sessions first.
 *
 * @param renewed did earlier samples see the server before it started, and when was another primary first seen? @default neither
 */
export function likelyCauses(
  sample: Sample,
  renewed: Renewed = { restarted: false },
): readonly LikelyCause[] {
  const short = { ...sample, groups: sample.groups.map(bounded) };
  const signatures = sample.used < FEWEST_SESSIONS ? [] : SIGNATURES;
  const found = [failover(short, renewed), ...signatures.map((signature) => signature(short))].filter(
    (hint) => hint !== null,
  );
  return found
    .filter(({ id }) => !found.some((other) => SAID_BY[id]?.includes(other.id)))
    .sort(
      (a, b) => Number(b.id === 'head-blocker') - Number(a.id === 'head-blocker') || b.sessions - a.sessions,
    )
    .slice(0, MOST_CAUSES);
}
