import type { Observation } from '../../model/observation.ts';
import { duration } from '../../shared/format.ts';
import type { Situation } from './alert.ts';

/** From PostgreSQL 18 on sessions that are still logging in are in pg_stat_activity. */
const SHOWS_STARTING_SINCE = 180_000;

/** What the guard could not see, one sentence each. */
export function blindSpots(situation: Situation, observation: Observation, now: number): readonly string[] {
  return [...blind(situation, observation, now), ...hidden(situation)];
}

function blind({ slots }: Situation, { kind }: Observation, now: number): string[] {
  if (kind === 'sample') return [];
  const because = {
    refused: 'This check was refused',
    failed: 'This check failed',
    partial: 'The sessions of other roles are hidden',
  }[kind];
  return slots === null
    ? [`${because}, and no earlier check saw the sessions: what holds the slots is not known.`]
    : [
        `${because}: slots, states and holders are as last seen ${duration((now - slots.seenAt) / 1000)} before this message.`,
      ];
}

function hidden({ versionNum, notification, slots }: Situation): string[] {
  const tight = notification.level === 'critical' || notification.level === 'full';
  const sentences: string[] = [];
  if (tight && versionNum !== null && versionNum < SHOWS_STARTING_SINCE) {
    sentences.push('Logins in progress hold slots too, but this version of PostgreSQL does not show them.');
  }
  if (slots !== null && slots.changeOver === null) {
    sentences.push('How the holders changed: the guard has not watched for long enough.');
  }
  return sentences;
}
