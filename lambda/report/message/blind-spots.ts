import { duration } from '../../shared/format.ts';
import type { Alert } from './alert.ts';

/** From PostgreSQL 18 on sessions that are still logging in are in pg_stat_activity. */
const SHOWS_STARTING_SINCE = 180_000;

const BECAUSE = {
  refused: 'This check was refused',
  failed: 'This check failed',
  partial: 'The sessions of other roles are hidden',
};

/** What the guard could not see, one sentence each. */
export function blindSpots(alert: Alert): readonly string[] {
  return [...blind(alert), ...hidden(alert)];
}

function blind({ snapshot, blind: reason, at }: Alert): string[] {
  if (reason === null) return [];
  return snapshot === null
    ? [`${BECAUSE[reason]}, and no earlier check saw the sessions: what holds the slots is not known.`]
    : [
        `${BECAUSE[reason]}: slots, states and holders are as last seen ${duration((at - snapshot.at) / 1000)} before this message.`,
      ];
}

function hidden({ versionNum, notification, snapshot, changeOver }: Alert): string[] {
  const tight = notification.level === 'critical' || notification.level === 'full';
  const sentences: string[] = [];
  if (tight && versionNum !== null && versionNum < SHOWS_STARTING_SINCE) {
    sentences.push('Logins in progress hold slots too, but this version of PostgreSQL does not show them.');
  }
  if (snapshot !== null && changeOver === null) {
    sentences.push('How the holders changed: the guard has not watched for long enough.');
  }
  return sentences;
}
