import { statesOf } from '../../lambda/model/holders.ts';
import { type Observation, usableSlots } from '../../lambda/model/observation.ts';
import { formatDuration } from '../duration.ts';
import { failureWords, partialWords, refusalWords } from '../view/words.ts';
import type { Frame, Happening } from './frame.ts';

/** One look on one line, for a log: time, level held, figures. */
export function plainLine({ picture: { observation }, level }: Frame): string {
  return `${new Date(observation.at).toISOString()} ${level.toUpperCase()} ${figures(observation)}`;
}

/** Something that happened, on a line of its own. */
export function plainHappening({ at, kind, text }: Happening): string {
  return `${new Date(at).toISOString()} ${kind}: ${text}`;
}

function figures(observation: Observation): string {
  switch (observation.kind) {
    case 'sample': {
      const usable = usableSlots(observation.capacity);
      const share = usable === 0 ? 100 : Math.floor((observation.used / usable) * 100);
      const states = statesOf(observation.groups).map(
        ({ state, count, oldestStateAge }) =>
          `${state} ${count}${oldestStateAge === null ? '' : ` longest ${formatDuration(oldestStateAge)}`}`,
      );
      return [`${observation.used}/${usable} used (${share} %)`, ...states].join(', ');
    }
    case 'partial':
      return partialWords(observation).what;
    case 'refused':
      return `the server refuses logins: ${refusalWords(observation).what}`;
    case 'failed':
      return `cannot look: ${failureWords(observation).what}`;
  }
}
