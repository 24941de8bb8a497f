import { FEWEST_TRIES, type RuleScore } from '../../model/prediction.ts';
import type { Reclamation } from '../../model/reclamation.ts';
import { counted, duration, instant, listed } from '../../shared/format.ts';
import { named, printable } from '../../shared/printable.ts';
import type { Alert } from './alert.ts';
import type { Block } from './block.ts';
import { caveats, poolsChosen, reasonsChosen, scoreWords } from './ended-sessions.ts';
import { OUTCOME_WORDS, REASON_WORDS } from './wording.ts';

/** Pools named at most. */
const MOST_POOLS = 3;

/** Rules named at most. */
const MOST_RULES = 3;

/** What reclaim did in this check, and in the incident so far. */
export function reclaimLines(alert: Alert, timeZone: string): readonly Block[] {
  const sentences = [...pass(alert.reclamation, timeZone), ...totals(alert)];
  return sentences.map((text) => ({ kind: 'text', text }));
}

function pass(reclamation: Reclamation | null, timeZone: string): string[] {
  if (reclamation === null) return [];
  const { mode, candidates, chosen, limitedBy, failure, pausedPools } = reclamation;
  const limit = limitedBy === null ? '' : ` (held back by ${limitedBy})`;
  const outcomes = outcomesOf(reclamation);
  const done =
    chosen.length > 0
      ? `${mode === 'dry-run' ? 'Dry run, nothing was ended. ' : ''}Of ${counted(candidates, 'stale session')}${limit}: ${listed(outcomes)}.`
      : nothing(reclamation);
  const pools = pausedPools
    .slice(0, MOST_POOLS)
    .map(
      ({ role, application, until }) =>
        `Paused until ${instant(until, timeZone)} for ${named(application)} of role ${named(role)}: its pool fills up again as fast as it is cut, so ending sessions does not help there.`,
    );
  return [
    done,
    ...(chosen.length === 0
      ? []
      : [`Chosen: ${reasonsChosen(chosen).join('; ')}.`, `Whose: ${listed(poolsChosen(chosen))}.`]),
    ...caveats(reclamation),
    ...left(reclamation),
    ...pools,
    ...(failure === null ? [] : [`It broke off: ${printable(failure, 300)}`]),
  ];
}

function outcomesOf({ chosen }: Reclamation): string[] {
  return Object.entries(OUTCOME_WORDS)
    .map(
      ([outcome, words]) => [chosen.filter((session) => session.outcome === outcome).length, words] as const,
    )
    .filter(([count]) => count > 0)
    .map(([count, words]) => `${count} ${words}`);
}

export function nothing({
  allowedIdleAge,
  usedOnceIdleAge,
  longestIdle,
  candidates,
  limitedBy,
}: Reclamation): string {
  if (candidates > 0) {
    return limitedBy === null
      ? `None of ${counted(candidates, 'stale session')} was ended.`
      : `None of ${counted(candidates, 'stale session')} was ended: ${limitedBy} is used up.`;
  }
  const longest =
    longestIdle === null
      ? 'no session that may be ended is idle'
      : `the longest idle that may be ended has been idle for ${duration(longestIdle)}`;
  return `Found nothing to end: ${longest}. It would have had to be idle for over ${duration(allowedIdleAge)} (used only once: over ${duration(usedOnceIdleAge)}).`;
}

export function left({ leftAlone }: Reclamation): string[] {
  const parts = Object.entries(REASON_WORDS).flatMap(([reason, words]) => {
    const count = Object.entries(leftAlone).find(([key]) => key === reason)?.[1] ?? 0;
    return count > 0 ? [`${count} ${words}`] : [];
  });
  return parts.length === 0 ? [] : [`Idle sessions left alone: ${parts.join(', ')}.`];
}

function totals({ notification, database, scores }: Alert): string[] {
  const { incident } = notification;
  if (incident === null) return [];
  // What goes by is told with each pass; a report at the end, and before people let it act, says what it rests on.
  const isReport = notification.kind === 'recovered' || database.reclaim.mode === 'dry-run';
  const parts = [
    incident.ended > 0 ? `ended ${counted(incident.ended, 'session')}` : null,
    incident.signalled > 0 ? `signalled ${incident.signalled} more that did not end at once` : null,
    incident.wouldEnd > 0 ? `in dry run it would have ended some ${incident.wouldEnd} times` : null,
  ].filter((part) => part !== null);
  if (parts.length > 0)
    return [`Since the incident began: ${parts.join('; ')}.`, ...(isReport ? rulesSoFar(scores) : [])];
  return database.reclaim.mode === 'off' ? ['Off: the guard ends no session of this database.'] : [];
}

/** How the rules that were tried most have done of late. */
export function rulesSoFar(scores: readonly RuleScore[]): string[] {
  const tried = scores.filter((score) => Math.round(score.tried) >= FEWEST_TRIES);
  if (tried.length === 0) return ['No rule has been tried often enough yet to end sessions by it.'];
  const told = [...tried].sort((a, b) => b.tried - a.tried).slice(0, MOST_RULES);
  return [`How its rules have done of late: ${told.map((rule) => scoreWords(rule, rule.words)).join('; ')}.`];
}
