import type { ChosenSession, Reclamation } from '../../lambda/model/reclamation.ts';
import type { SessionRow } from '../../lambda/reclaim/list-sessions.ts';
import { OUTCOME_WORDS, REASON_WORDS } from '../../lambda/report/message/wording.ts';
import { counted, duration } from '../../lambda/shared/format.ts';
import { printable } from '../../lambda/shared/printable.ts';
import { idleCut } from './idle-ages.ts';
import { fittedTable, type Screen, shown, wrapped } from './screen.ts';

/** How many of the chosen are listed; the audit lines have them all. */
const LISTED = 40;

/** Which sessions a pass has chosen, the first to go first, and which it left alone and why. */
export function renderChosen(
  reclamation: Reclamation,
  rows: readonly SessionRow[],
  screen: Screen,
): string[] {
  const { chosen } = reclamation;
  const more = chosen.length - LISTED;
  const states = new Map(rows.map(({ pid, state }) => [pid, state]));
  return [
    ...(chosen.length === 0 ? [] : chosenTable(chosen.slice(0, LISTED), states, screen)),
    ...(more > 0 ? [screen.style('dim', `and ${counted(more, 'more session')}`)] : []),
    ...leftAloneLines(reclamation).flatMap((line) => wrapped(screen, line)),
  ];
}

function chosenTable(
  chosen: readonly ChosenSession[],
  states: ReadonlyMap<number, SessionRow['state']>,
  screen: Screen,
): string[] {
  return fittedTable(
    screen,
    [
      { title: 'idle for', align: 'right' },
      { title: 'pid', align: 'right' },
      { title: 'state' },
      { title: 'role' },
      { title: 'database' },
      { title: 'application' },
      { title: 'client' },
    ],
    chosen.map(({ pid, role, database, application, client, idleFor }) => [
      duration(idleFor),
      String(pid),
      states.get(pid)?.startsWith('idle in transaction')
        ? 'in transaction: rolls back'
        : (states.get(pid) ?? ''),
      shown(role),
      shown(database),
      shown(application),
      shown(client, 45),
    ]),
  );
}

/** One line for all reasons, most sessions first. */
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

/**
 * What came of a pass, on one line or two.
 *
 * @param now used and usable slots after it; null where nothing was ended.
 * @param rows the sessions before it.
 */
export function renderOutcome(
  { chosen, failure, longestIdle }: Reclamation,
  now: { readonly used: number; readonly usable: number } | null,
  rows: readonly SessionRow[],
  screen: Screen,
): string[] {
  const broken = failure === null ? [] : [screen.style('red', `broke off: ${printable(failure, 300)}`)];
  if (chosen.length === 0) {
    const longest = longestIdle === null ? '' : `: the longest idle has been so for ${duration(longestIdle)}`;
    const cut = longestIdle === null ? null : idleCut(rows, 1);
    const advice = cut === null ? '' : `; --idle-for ${cut.idleFor}s would end ${cut.sessions}`;
    return [...broken, ...wrapped(screen, `none to end${longest}${advice}`)];
  }
  const slots = now === null ? '' : `; now ${now.used} of ${now.usable} usable slots used`;
  return [...wrapped(screen, `${outcomeWords(chosen)}${slots}`), ...broken];
}

/** `12 ended, 3 left because they became active`. */
export function outcomeWords(chosen: readonly ChosenSession[]): string {
  return Object.entries(OUTCOME_WORDS)
    .map(([outcome, words]) => ({ words, n: chosen.filter((each) => each.outcome === outcome).length }))
    .filter(({ n }) => n > 0)
    .map(({ n, words }) => `${n} ${words}`)
    .join(', ');
}

/** What came of ending one session by hand: `4711: ended`, `4711: a superuser's`. */
export function endedWords(
  pid: number,
  { chosen, leftAlone, failure }: Pick<Reclamation, 'chosen' | 'leftAlone' | 'failure'>,
): string {
  if (failure !== null) return `${pid}: ${failure}`;
  if (chosen.length > 0) return `${pid}: ${outcomeWords(chosen).replace(/^1 /, '')}`;
  const reason = Object.entries(REASON_WORDS).find(([key]) => Object.hasOwn(leftAlone, key))?.[1];
  return `${pid}: left alone, ${reason ?? 'it is not idle, or gone'}`;
}
