import type { Style } from '../../../cli/terminal/style.ts';
import { table } from '../../../cli/terminal/table.ts';
import { counted } from '../../../lambda/shared/format.ts';
import { alertFor, type ReplayOutcome } from '../outcome.ts';
import { clock, levelWord } from './words.ts';

/**
 * What happened, for a person.
 *
 * @param clearAfter seconds of calm that the guard waits for before it says that it is over.
 * @param problems what did not go as it should.
 */
export function summary(
  outcome: ReplayOutcome,
  problems: readonly string[],
  clearAfter: number,
  style: Style,
): string[] {
  const rows = outcome.levels.map((reached) => {
    const alert = alertFor(outcome, reached.level);
    return [
      levelWord(reached.level, style),
      clock(reached.at, 1),
      alert ? clock(alert.at, 1) : 'none',
      alert ? `${((alert.at - reached.at) / 1000).toFixed(1)} s` : '',
    ];
  });
  return [
    style('bold', 'What happened'),
    '',
    ...table(
      [
        { title: 'level' },
        { title: 'reached', align: 'right' },
        { title: 'message', align: 'right' },
        { title: 'after', align: 'right' },
      ],
      rows,
    ),
    '',
    `At most ${outcome.peakUsed} of ${outcome.usable} usable slots were used.`,
    `The guard took ${counted(outcome.samples, 'sample')} and published ${counted(outcome.metricData, 'data point')} and ${counted(outcome.alerts.length, 'message')}.`,
    `It says that it is over after ${clearAfter} s of calm here, to fit the replay; the default is 180 s.`,
    `The application was refused ${counted(outcome.refusedLogins, 'login')}, and with them ${refusedShare(outcome)} of its requests.`,
    ...reclaimLines(outcome),
    '',
    ...(problems.length === 0
      ? [style('green', 'The replay went as it should.')]
      : [style('red', 'The replay did not go as it should:'), ...problems.map((problem) => `- ${problem}`)]),
  ];
}

function refusedShare({ requests, refusedRequests }: ReplayOutcome): string {
  return `${((100 * refusedRequests) / Math.max(1, requests)).toFixed(1)}%`;
}

function reclaimLines({ reclaim, terminated, livingSessionsCut }: ReplayOutcome): string[] {
  if (reclaim === 'off') return ['Reclaim was off: the guard watched and told, and ended nothing.'];
  if (reclaim === 'dry-run')
    return ['Reclaim was in dry-run: the guard said which sessions it would end, and ended none.'];
  const cut = Object.values(livingSessionsCut).reduce((sum, count) => sum + count, 0);
  return [
    `The guard ended ${counted(terminated, 'session')}; clients were still going to use ${cut === 0 ? 'none' : cut} of them.`,
  ];
}
