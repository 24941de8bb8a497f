import type { MetricDatum } from '@aws-sdk/client-cloudwatch';
import type { Level } from '../../model/level.ts';
import type { Observation } from '../../model/observation.ts';

/**
 * The counts of one event's databases, without a dimension: three alarms on them are enough for a fleet of any size.
 * Each event of a minute adds its own, so their sum is the fleet's.
 */
export const FLEET_METRICS = ['DatabasesUnreachable', 'DatabasesCritical', 'DatabasesFull'] as const;

/** The name of one of {@link FLEET_METRICS}. */
export type FleetMetricName = (typeof FLEET_METRICS)[number];

/** How one database stood at the end of a run. */
export interface FinalState {
  readonly level: Level | null;
  readonly observations: readonly Observation[];
}

/** One data point for each of {@link FLEET_METRICS}. A refusal tells that the server is full: not unreachable. */
export function fleetCounts(states: readonly FinalState[]): MetricDatum[] {
  const count = (matches: (state: FinalState) => boolean) => states.filter(matches).length;
  const counts: Record<FleetMetricName, number> = {
    DatabasesUnreachable: count(({ observations }) => !succeeded(observations.at(-1))),
    DatabasesCritical: count(({ level }) => level === 'critical'),
    DatabasesFull: count(({ level }) => level === 'full'),
  };
  return FLEET_METRICS.map((name) => ({ MetricName: name, Unit: 'Count', Value: counts[name] }));
}

function succeeded(observation: Observation | undefined): boolean {
  return observation?.kind === 'sample' || observation?.kind === 'refused';
}
