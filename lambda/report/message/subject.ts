import { levelThresholds } from '../../model/level-thresholds.ts';
import type { Notification } from '../../model/memory.ts';
import { duration, percent } from '../../shared/format.ts';
import type { Situation } from './alert.ts';
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
    case 'over-budget':
    case 'still-over-budget':
      return 'OVER BUDGET';
    case 'within-budget':
      return 'WITHIN BUDGET';
    case 'budgets-exceed-usable':
      return 'BUDGETS';
    case 'level':
    case 'server-full':
    case 'eased':
    case 'reminder':
      return notification.level.toUpperCase();
  }
}

/** What follows the database's name in the subject: fixed words and numbers. */
export function headline(situation: Situation, now: number): string {
  const { notification, failure } = situation;
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
    case 'over-budget':
      return budgetFigures(notification);
    case 'still-over-budget':
      return `${budgetFigures(notification)}, for ${lasted}`;
    case 'within-budget':
      return `${budgetFigures(notification)} again, after ${lasted}`;
    case 'budgets-exceed-usable':
      return `budgets promise ${notification.budget?.used} of ${notification.budget?.sessions} slots`;
    case 'eased':
      return `eased from ${notification.previousLevel}, ${figures(situation)}`;
    case 'reminder':
      return `for ${lasted}, ${figures(situation)}`;
    case 'level':
    case 'server-full':
      return figures(situation);
  }
}

function budgetFigures({ budget }: Notification): string {
  return `${budget?.name} holds ${budget?.used} of its ${budget?.sessions}`;
}

function figures({ notification, limit, slots }: Situation): string {
  if (notification.level === 'full') {
    return limit === null ? 'logins refused, no slot left for ordinary roles' : LIMIT_WORDS[limit].short;
  }
  if (slots === null) return 'slots not seen yet';
  return `${slots.used} of ${slots.usable} slots used (${percent(slots.used, slots.usable)}), ${slots.left} left`;
}

/** When the level is entered and left. */
export function ruleOf({ notification, slots, database, limit }: Situation): string | null {
  const isOwnLimit = limit === 'role-limit' || limit === 'database-limit';
  if (notification.level === 'ok' || slots === null || isOwnLimit) return null;
  const line = levelThresholds(database, slots.usable)[notification.level];
  const { clearAfter } = database.alerts;
  return `${notification.level} from ${line.enter} used slots (${percent(line.enter, slots.usable)}), left after ${duration(clearAfter)} at ${line.clear} or fewer`;
}
