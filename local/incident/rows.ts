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
  /** The policies that can be compared in it. */
  takes(policy: Policy): boolean;
  /** The policies that are played in it unless they are named: what the whole table has to show within an hour. */
  shows(policy: Policy): boolean;
  /** Seconds after a run of a policy that has runs at which the trouble begins, each in a play of its own. */
  phases(policy: Policy): readonly number[];
}

/** Where in the minute a play begins; all phases are swept on the model. Late, an incident meets a change of runs. */
const LATE = [40];
const EARLY = [5];

function rowOf(scenario: Scenario): Row {
  const { name: row, seconds, thresholds } = scenario;
  const isIncident = row.startsWith('incident');
  const isLong = seconds > 300;
  const takes = ({ name, hasThresholds }: Policy) => {
    if (isLong) return name === 'none' || hasThresholds;
    // On other thresholds only the guard does anything else.
    return hasThresholds || !(isIncident && thresholds !== null);
  };
  const shows = (policy: Policy) => {
    if (!takes(policy)) return false;
    if (policy.name === 'function') return true;
    // No session of a short play is idle for as long as the script waits: one row shows it.
    if (policy.name === 'script') return row === 'incident';
    if (policy.name === 'watch') return isIncident && thresholds === null;
    return !isLong && !row.startsWith('stream') && !(isIncident && thresholds !== null);
  };
  return {
    name: row,
    title: scenario.title,
    scenario,
    reclaim: {},
    takes,
    shows,
    phases: () => (isLong ? [0] : isIncident ? LATE : EARLY),
  };
}

/** Every row, the incidents first. */
export const ROWS: readonly Row[] = SCENARIOS.flatMap((scenario) => {
  const row = rowOf(scenario);
  if (scenario.name !== 'stuck') return [row];
  const takes = ({ hasThresholds, hasPhase }: Policy) => hasThresholds && hasPhase;
  const title = `${scenario.title}; idleInTransactionFor: 20`;
  return [
    row,
    { ...row, name: 'stuck-20', title, takes, shows: takes, reclaim: { idleInTransactionFor: 20 } },
  ];
});
