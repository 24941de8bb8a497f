import type { ChosenSession, Outcome, ReasonLeftAlone, Reclamation } from '../../lambda/model/reclamation.ts';
import { printable } from '../../lambda/shared/printable.ts';
import { formatDuration } from '../duration.ts';
import { counted, fittedTable, type Screen, shown, wrapped } from './screen.ts';

/** How many of the chosen are listed; the audit lines have them all. */
const LISTED = 40;

/** What became of sessions, in words that follow a count. */
const OUTCOME_WORDS: Readonly<Record<Outcome, string>> = {
  ended: 'ended',
  signalled: 'signalled but still there',
  changed: 'left alone: did something in the meantime',
  refused: 'refused: the role lacks pg_signal_backend (or they are a superuser’s)',
  gone: 'gone by themselves',
  unknown: 'unknown: the pass broke off',
  'would-end': 'would be ended',
};

/** Why sessions were left alone, in words that follow a count. */
const REASON_WORDS: Readonly<Record<ReasonLeftAlone, string>> = {
  ours: 'the guard’s own',
  superuser: 'a superuser’s',
  replication: 'for replication',
  'rds-role': 'of a role of RDS',
  listen: 'listening (LISTEN)',
  'advisory-lock': 'holding an advisory lock',
  'not-seen-whole': 'not seen whole',
  'in-transaction': 'idle in a transaction (--idle-in-transaction-for would end them)',
  only: 'outside the filters',
  except: 'excepted',
  'keep-per-application': 'kept for their application',
  'too-young': 'not idle for long enough',
  'comes-back': 'coming back to life',
  'pool-refills': 'of a pool that refills',
  enough: 'no longer needed to end',
  limit: 'beyond the limit',
};

/** `12 sessions of app/web from 10.0.3.17, ...`. */
export function summaryOf({ chosen }: Pick<Reclamation, 'chosen'>): string {
  return counted(chosen.length, 'session');
}

/** Whom a pass has chosen, the first to go first, and who was left alone and why. */
export function renderChosen(reclamation: Reclamation, screen: Screen): string[] {
  const { chosen } = reclamation;
  const more = chosen.length - LISTED;
  return [
    ...(chosen.length === 0 ? [] : chosenTable(chosen.slice(0, LISTED), screen)),
    ...(more > 0 ? [screen.style('dim', `and ${counted(more, 'more session')}`)] : []),
    ...leftAloneLines(reclamation).flatMap((line) => wrapped(screen, line)),
  ];
}

function chosenTable(chosen: readonly ChosenSession[], screen: Screen): string[] {
  return fittedTable(
    screen,
    [
      { title: 'idle for', align: 'right' },
      { title: 'pid', align: 'right' },
      { title: 'role' },
      { title: 'database' },
      { title: 'application' },
      { title: 'client' },
    ],
    chosen.map(({ pid, role, database, application, client, idleFor }) => [
      formatDuration(idleFor),
      String(pid),
      shown(role),
      shown(database),
      shown(application),
      shown(client, 45),
    ]),
  );
}

/** One line for each reason, most sessions first. */
function leftAloneLines({ leftAlone }: Pick<Reclamation, 'leftAlone'>): string[] {
  const reasons = Object.entries(REASON_WORDS)
    .map(([reason, words]) => ({
      words,
      n: Object.entries(leftAlone).find(([key]) => key === reason)?.[1] ?? 0,
    }))
    .filter(({ n }) => n > 0)
    .sort((a, b) => b.n - a.n);
  return reasons.length === 0
    ? []
    : [`left alone: ${reasons.map(({ n, words }) => `${n} ${words}`).join('; ')}`];
}

/** What came of a pass, on one line or two. */
export function renderOutcome(reclamation: Reclamation, screen: Screen): string[] {
  const { chosen, failure, longestIdle } = reclamation;
  const broken = failure === null ? [] : [screen.style('red', `broke off: ${printable(failure, 300)}`)];
  if (chosen.length === 0) {
    const longest =
      longestIdle === null ? '' : `; the longest idle has been so for ${formatDuration(longestIdle)}`;
    return [...broken, `nobody to end${longest}`];
  }
  return [...outcomeLines(chosen), ...broken];
}

/** `12 ended`, `3 left alone: did something in the meantime`. */
export function outcomeLines(chosen: readonly ChosenSession[]): string[] {
  return Object.entries(OUTCOME_WORDS)
    .map(([outcome, words]) => ({ words, n: chosen.filter((each) => each.outcome === outcome).length }))
    .filter(({ n }) => n > 0)
    .map(({ n, words }) => `${n} ${words}`);
}
