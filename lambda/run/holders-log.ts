import type { Assessment } from '../assess/assess.ts';
import { ruleScores } from '../assess/predictions/rule-scores.ts';
import { type Holder, holdersOf } from '../model/holders.ts';
import { levelThresholds } from '../model/level-thresholds.ts';
import type { Memory } from '../model/memory.ts';
import { type Observation, usableSlots } from '../model/observation.ts';
import type { DeliverParts } from './deliver.ts';

/** Of the line below. A later version may add fields; a field that changes its meaning takes another version. */
const VERSION = 1;

/** Holders in one line; the others are counted. */
const MOST_HOLDERS = 20;

const MINUTE = 60_000;

/**
 * Writes which holders had the slots, and how the rules of reclaim have done so far: at the first sample of every minute,
 * and none at the others. That this sample is the first is known from the one before, which `memory` has.
 */
export function logHolders(
  { database, log }: DeliverParts,
  observation: Observation,
  { level, memory: { learned } }: Assessment,
  { lastSeen }: Memory,
): void {
  if (observation.kind !== 'sample') return;
  const minute = minuteOf(observation.at);
  if (lastSeen !== null && minuteOf(lastSeen.at) === minute) return;
  const holders = holdersOf(observation.groups);
  const others = holders.slice(MOST_HOLDERS);
  const usable = usableSlots(observation.capacity);
  const { warning, critical } = levelThresholds(database, usable);
  log('INFO', 'check.holders', {
    version: VERSION,
    database: database.name,
    sampled: new Date(observation.at).toISOString(),
    held: level,
    used: observation.used,
    usable,
    warning: warning.enter,
    critical: critical.enter,
    holders: holders.slice(0, MOST_HOLDERS).map(entryOf),
    ...(others.length > 0 && {
      otherHolders: others.length,
      otherSessions: others.reduce((sum, { count }) => sum + count, 0),
    }),
    ...(database.reclaim.mode !== 'off' && {
      scores: ruleScores(learned).map(({ rule, tried, wrong }) => ({
        rule,
        tried: round(tried),
        wrong: round(wrong),
      })),
    }),
  });
}

const minuteOf = (at: number): number => Math.floor(at / MINUTE);

/** What there is none of is left out: every byte is paid for. */
function entryOf({ application, role, client, count, idle, oldestIdleAge }: Holder) {
  return {
    ...(application !== '' && { application }),
    ...(role !== null && { role }),
    ...(client !== null && { client }),
    sessions: count,
    idle,
    ...(oldestIdleAge !== null && { oldestIdle: Math.round(oldestIdleAge) }),
  };
}

const round = (value: number): number => Math.round(value * 10) / 10;
