import type { Scenario } from './application/scenario.ts';
import { SCENARIOS } from './application/scenarios.ts';
import type { Policy, Reclaim } from './policies.ts';

/** One row of the comparison. */
export interface Row {
  readonly name: string;
  readonly title: string;
  readonly scenario: Scenario;
  /** Settings of the guard's reclaim on top of its mode. */
  readonly reclaim: Reclaim;
  /** The policies that are compared in it. */
  takes(policy: Policy): boolean;
  /** Seconds after a run of a policy that has runs at which the trouble begins, each in a play of its own. */
  phases(policy: Policy): readonly number[];
}

const EVERY_TEN_SECONDS = [0, 10, 20, 30, 40, 50];

/** For policies and scenarios that are not the point: near the begin and near the end of the minute. */
const EARLY_AND_LATE = [5, 40];

function rowOf(scenario: Scenario): Row {
  const isIncident = scenario.name.startsWith('incident');
  const isLong = scenario.seconds > 300;
  return {
    name: scenario.name,
    title: scenario.title,
    scenario,
    reclaim: {},
    takes: ({ name, hasThresholds }) => {
      if (isLong) return name === 'none' || hasThresholds;
      // On other thresholds only the guard does anything else.
      return hasThresholds || !(isIncident && scenario.thresholds !== null);
    },
    phases: ({ name }) => {
      if (isLong) return [0];
      return isIncident && name === 'function' ? EVERY_TEN_SECONDS : EARLY_AND_LATE;
    },
  };
}

/** Every row, the incidents first. */
export const ROWS: readonly Row[] = SCENARIOS.flatMap((scenario) => {
  const row = rowOf(scenario);
  if (scenario.name !== 'stuck') return [row];
  const takes = ({ hasThresholds, hasPhase }: Policy) => hasThresholds && hasPhase;
  const title = `${scenario.title}; idleInTransactionFor: 20`;
  return [row, { ...row, name: 'stuck-20', title, takes, reclaim: { idleInTransactionFor: 20 } }];
});
