import { statesOf } from '../../lambda/model/holders.ts';
import { usableSlots } from '../../lambda/model/observation.ts';
import { duration, percent } from '../../lambda/shared/format.ts';
import { printable } from '../../lambda/shared/printable.ts';
import type { Judged } from '../judged.ts';
import { noSampleWords } from '../view/words.ts';
import { finishedLine } from './finished.ts';
import type { Frame, WatchEvent } from './frame.ts';

/** One sample on one line, for a log: time, level held, figures, and the level that they would be by themselves. */
export function plainLine({ judged, level, finished }: Frame): string {
  const eased = judged.level === null || judged.level === level ? '' : `, now ${judged.level}`;
  const { observation, database } = judged;
  const word =
    observation.kind === 'sample' || observation.kind === 'refused' ? level.toUpperCase() : 'UNKNOWN';
  return `${new Date(observation.at).toISOString()} ${word} ${printable(database.name, 100)}: ${figures(judged, eased, finished)}`;
}

/** Something that happened, on a line of its own. */
export function plainEvent({ at, kind, text }: WatchEvent): string {
  return `${new Date(at).toISOString()} ${kind}: ${text}`;
}

function figures(judged: Judged, eased: string, finished: Frame['finished']): string {
  const { observation } = judged;
  if (observation.kind !== 'sample') return noSampleWords(observation, judged).what;
  const usable = usableSlots(observation.capacity);
  const states = statesOf(observation.groups).map(
    ({ state, count, oldestStateAge }) =>
      `${state} ${count}${oldestStateAge === null ? '' : ` longest ${duration(oldestStateAge)}`}`,
  );
  const share = percent(observation.used, usable);
  const counts = [`${observation.used}/${usable} used (${share})${eased}`, ...states].join(', ');
  return [counts, ...finishedLine(finished)].join('; ');
}
