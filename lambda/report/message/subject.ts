import { levelThresholds } from '../../model/level-thresholds.ts';
import type { Notification } from '../../model/memory.ts';
import { isOwnLimit, usableSlots } from '../../model/observation.ts';
import { duration, percent } from '../../shared/format.ts';
import type { Alert } from './alert.ts';
import { answerWords } from './answer-words.ts';
import { FAILURE_WORDS, LIMIT_WORDS } from './wording.ts';

/** The word at the head of a message. */
export function wordOf(notification: Notification): string {
  switch (notification.kind) {
    case 'recovered':
      return 'RECOVERED';
    case 'unreachable':
    case 'still-unreachable':
      return 'UNREACHABLE';
    case 'reachable':
      return 'REACHABLE';
    case 'partial':
      return 'PARTIAL';
    case 'cannot-terminate':
    case 'reclaim-paused':
    case 'reclaim-limit':
      return 'RECLAIM';
    case 'over-budget':
    case 'still-over-budget':
      return 'OVER BUDGET';
    case 'within-budget':
      return 'WITHIN BUDGET';
    case 'budgets-exceed-usable':
      return 'BUDGETS';
    case 'answered':
      return 'ANSWERED';
    case 'level':
    case 'server-full':
    case 'eased':
    case 'reminder':
      return notification.level.toUpperCase();
  }
}

/** What follows the database's name in the subject: fixed words and numbers, and the name of a budget. */
export function headline(alert: Alert): string {
  const { notification, failure, at: now } = alert;
  const lasted = duration((now - notification.since) / 1000);
  switch (notification.kind) {
    case 'recovered': {
      const { incident } = notification;
      const peak = incident?.peak ? `, peak ${incident.peak.used} of ${incident.peak.usable}` : '';
      return `ok again after ${duration((now - (incident?.startedAt ?? now)) / 1000)}${peak}`;
    }
    case 'unreachable':
      return failure === null ? 'cannot observe it' : FAILURE_WORDS[failure.class].short;
    case 'still-unreachable':
      return `for ${lasted}, ${failure === null ? 'cannot observe it' : FAILURE_WORDS[failure.class].short}`;
    case 'reachable':
      return `again after ${lasted}`;
    case 'partial':
      return "the guard cannot see other roles' sessions";
    case 'cannot-terminate':
      return 'the guard may not terminate sessions';
    case 'reclaim-paused':
      return 'paused for a pool that opens again what is ended';
    case 'reclaim-limit':
      return `ended ${notification.hour?.ended} of the ${notification.hour?.most} sessions that it may in an hour`;
    case 'over-budget':
      return budgetFigures(notification);
    case 'still-over-budget':
      return `${budgetFigures(notification)}, for ${lasted}`;
    case 'within-budget':
      return `${budgetFigures(notification)} again, after ${lasted}`;
    case 'budgets-exceed-usable':
      return `budgets promise ${notification.budget?.used} of ${notification.budget?.sessions} slots`;
    case 'answered':
      return (notification.answers ?? []).map(answerWords).join('; ');
    case 'eased':
      return `eased from ${notification.previousLevel}, ${figures(alert)}`;
    case 'reminder':
      return `for ${lasted}, ${figures(alert)}`;
    case 'level':
    case 'server-full':
      return figures(alert);
  }
}

function budgetFigures({ budget }: Notification): string {
  return `${budget?.name} holds ${budget?.used} of its ${budget?.sessions}`;
}

function figures({ notification, limit, snapshot }: Alert): string {
  if (notification.level === 'full') {
    return limit === null ? 'logins refused, no slot left for ordinary roles' : LIMIT_WORDS[limit].short;
  }
  if (snapshot === null) return 'slots not seen yet';
  const usable = usableSlots(snapshot.capacity);
  const left = Math.max(0, usable - snapshot.used);
  return `${snapshot.used} of ${usable} slots used (${percent(snapshot.used, usable)}), ${left} left`;
}

/** When the level is entered and left; null where no level is told. */
export function ruleOf({ notification, snapshot, database, limit }: Alert): string | null {
  if (notification.level === 'ok' || snapshot === null || isOwnLimit(limit)) return null;
  const usable = usableSlots(snapshot.capacity);
  const { enter, clear } = levelThresholds(database, usable)[notification.level];
  const share = percent(enter, usable);
  return `${notification.level} from ${enter} used slots (${share}), left after ${duration(database.alerts.clearAfter)} at ${clear} or fewer`;
}
