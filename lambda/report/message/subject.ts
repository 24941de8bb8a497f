import { linesFor } from '../../model/level-thresholds.ts';
import type { Notice } from '../../model/memory.ts';
import { duration, percent } from '../../shared/format.ts';
import type { Situation } from './alert.ts';
import { FAILURE_WORDS, WALL_WORDS } from './wording.ts';

/** The word at the head of a message. */
export function wordOf(notice: Notice): string {
  switch (notice.kind) {
    case 'recovered':
      return 'RECOVERED';
    case 'unreachable':
    case 'still-unreachable':
      return 'UNREACHABLE';
    case 'reachable':
      return 'REACHABLE';
    case 'partial':
      return 'PARTIAL';
    case 'level':
    case 'wall':
    case 'eased':
    case 'reminder':
      return notice.level.toUpperCase();
  }
}

/** What follows the database's name in the subject: fixed words and numbers. */
export function headline(situation: Situation, now: number): string {
  const { notice, failure } = situation;
  const lasted = duration((now - notice.since) / 1000);
  switch (notice.kind) {
    case 'recovered': {
      const { incident } = notice;
      const peak = incident?.peak ? `, peak ${incident.peak.used} of ${incident.peak.usable}` : '';
      return `ok again after ${duration((now - (incident?.startedAt ?? now)) / 1000)}${peak}`;
    }
    case 'unreachable':
      return failure === null ? 'cannot look' : FAILURE_WORDS[failure.class].short;
    case 'still-unreachable':
      return `for ${lasted}, ${failure === null ? 'cannot look' : FAILURE_WORDS[failure.class].short}`;
    case 'reachable':
      return `again after ${lasted}`;
    case 'partial':
      return "the guard cannot see other roles' sessions";
    case 'eased':
      return `eased from ${notice.previousLevel}, ${figures(situation)}`;
    case 'reminder':
      return `for ${lasted}, ${figures(situation)}`;
    case 'level':
    case 'wall':
      return figures(situation);
  }
}

function figures({ notice, wall, slots }: Situation): string {
  if (notice.level === 'full') {
    return wall === null ? 'logins refused, no slot left for ordinary roles' : WALL_WORDS[wall].short;
  }
  if (slots === null) return 'slots not seen yet';
  return `${slots.used} of ${slots.usable} slots used (${percent(slots.used, slots.usable)}), ${slots.left} left`;
}

/** When the level is entered and left. */
export function ruleOf({ notice, slots, database, wall }: Situation): string | null {
  const isOwnLimit = wall === 'role-limit' || wall === 'database-limit';
  if (notice.level === 'ok' || slots === null || isOwnLimit) return null;
  const line = linesFor(database, slots.usable)[notice.level];
  const { clearAfter } = database.alerts;
  return `${notice.level} from ${line.enter} used slots (${percent(line.enter, slots.usable)}), left after ${duration(clearAfter)} at ${line.clear} or fewer`;
}
