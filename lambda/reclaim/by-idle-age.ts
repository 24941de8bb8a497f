import type { ReclaimPolicy } from '../config/reclaim-policy.ts';

/** More than any server has: without a limit every stale session goes. */
export const NO_LIMIT = 300_000;

/** A policy that acts at any level, by one idle age (seconds), with no limit on how many. */
export function byIdleAge(configured: ReclaimPolicy, idleFor: number): ReclaimPolicy {
  const { until: _until, ...others } = configured;
  return {
    ...others,
    mode: 'terminate',
    at: 'always',
    idleFor,
    usedOnceFor: idleFor,
    idleForAtFull: idleFor,
    maxPerCheck: NO_LIMIT,
    maxPerHour: NO_LIMIT,
  };
}
