import type { Score } from '../../model/prediction.ts';
import type { ChosenSession, Reclamation } from '../../model/reclamation.ts';
import { counted } from '../../shared/format.ts';
import { named } from '../../shared/printable.ts';

/** Pools and rules named at most. */
const MOST_NAMED = 4;

/** Several pools share a line, so each name has little room. Characters. */
const MAX_NAME = 28;

/**
 * Why sessions were chosen, most sessions first: `12 used once and idle for over 5 s: of the last 70 such, none came
 * back`. Where a rule spoke at several scores, the worst of them is told.
 */
export function reasonsChosen(
  chosen: readonly (Pick<ChosenSession, 'prediction' | 'blocks'> & Partial<Pick<ChosenSession, 'isTrial'>>)[],
): string[] {
  return counts(chosen, ({ prediction, isTrial, blocks }) =>
    JSON.stringify([prediction?.words, isTrial, blocks]),
  ).map(([, sessions]) => {
    const { prediction = null, isTrial = false, blocks } = sessions[0] ?? {};
    if (blocks !== undefined)
      return `1 idle in transaction, for whose locks ${counted(blocks, 'session')} waited`;
    if (prediction === null) return `${sessions.length} idle for longer than the policy allows`;
    const scores = sessions.flatMap((session) => session.prediction?.score ?? []);
    const worst = scores.reduce((a, b) => (b.wrong * a.tried > a.wrong * b.tried ? b : a));
    const trial = isTrial ? ', as a trial of whether their clients open others' : '';
    return `${sessions.length} ${prediction.words}${trial}: ${scoreWords(worst)}`;
  });
}

/**
 * How far a rule can be trusted: `of the last 70 such, none came back`.
 *
 * @param which the words for the sessions. @default 'such'
 */
export function scoreWords({ tried, wrong }: Pick<Score, 'tried' | 'wrong'>, which = 'such'): string {
  if (Math.round(tried) === 0) return `no ${which} was tried before`;
  const back = Math.ceil(wrong - 0.5);
  return `of the last ${Math.round(tried)} ${which}, ${back <= 0 ? 'none' : back} came back`;
}

/** Whose sessions were chosen, most first, and whether these pools cause the shortage. */
export function poolsChosen(chosen: readonly ChosenSession[]): string[] {
  return counts(chosen, ({ role, application }) => JSON.stringify([role, application])).map(
    ([, sessions]) => {
      const [first] = sessions;
      const pool = `${counted(sessions.length, 'session')} of application ${named(first?.application, MAX_NAME)}, role ${named(first?.role, MAX_NAME)}`;
      if (sessions.every(({ blocks }) => blocks !== undefined)) return pool;
      return first?.isCulprit === false
        ? `${pool} (it opens none now: taken because hardly a slot was left)`
        : `${pool} (it is opening sessions)`;
    },
  );
}

/** What people should know of a pass beside its counts. */
export function caveats({ idleIsCause }: Pick<Reclamation, 'idleIsCause'>): string[] {
  return idleIsCause
    ? []
    : [
        'Sessions at work hold the level by themselves. Ending idle ones does not clear it, so only those go that a rule has earned the right to end.',
      ];
}

function counts<Session>(
  chosen: readonly Session[],
  key: (session: Session) => string,
): [string, Session[]][] {
  const groups = new Map<string, Session[]>();
  for (const session of chosen) groups.set(key(session), [...(groups.get(key(session)) ?? []), session]);
  return [...groups].sort(([, a], [, b]) => b.length - a.length).slice(0, MOST_NAMED);
}
