import { atLeast } from '../../lambda/model/level.ts';
import { levelThresholds } from '../../lambda/model/level-thresholds.ts';
import { usableSlots } from '../../lambda/model/observation.ts';
import type { SessionRow } from '../../lambda/reclaim/list-sessions.ts';
import { counted } from '../../lambda/shared/format.ts';
import type { Judged } from '../judged.ts';
import { widthOf } from '../terminal/width.ts';
import { idleCut } from './idle-ages.ts';
import { type Screen, wrapped } from './screen.ts';

/**
 * From level warning on: what probably fills the server, and what to do first.
 *
 * @param rows every session, one by one.
 * @param terminate what to type for terminate on the same server.
 */
export function causeLines(
  { database, level, causes, observation }: Judged,
  rows: readonly SessionRow[],
  terminate: string,
  screen: Screen,
): string[] {
  if (observation.kind !== 'sample' || level === null || !atLeast(level, 'warning')) return [];
  const { warning } = levelThresholds(database, usableSlots(observation.capacity));
  const cut = idleCut(rows, observation.used - warning.enter + 1);
  const first =
    cut === null
      ? wrapped(
          screen,
          'first step: no idle session can be ended, so find what the active ones do (pg_stat_activity: wait_event_type)',
        )
      : commandLines(
          `first step: ${terminate} --idle-for ${cut.idleFor}s`,
          `# shows ${counted(cut.sessions, 'session')} that it would end, and asks`,
          screen,
        );
  const likely = causes
    .slice(0, 1)
    .map(({ cause, evidence, remedy }) => `likely cause: ${cause}. ${evidence}. ${remedy}.`);
  return ['', ...likely.flatMap((line) => wrapped(screen, line)), ...first];
}

/** A command and its comment on one line, else on two; the command is never broken, so that it can be pasted. */
function commandLines(command: string, comment: string, { width }: Screen): string[] {
  const line = `${command}   ${comment}`;
  return width === null || widthOf(line) <= width ? [line] : [command, comment];
}
