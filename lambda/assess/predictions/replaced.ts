import {
  isAlive,
  RHYTHM_RETURNS,
  rhythmBreaksAt,
  secondsBetween,
  type TrackedSession,
  textOf,
} from './tracked-session.ts';

/** How many different texts tell clients apart: so many at least, and no more than so many sessions for each. */
const TELLS_APART = { texts: 10, sessionsEach: 3 };

/** The sessions that have run the same statement again and again, values included, by pool and text. */
type Groups = ReadonlyMap<string, readonly Member[]>;

/** One session, by its key. */
export interface Member {
  readonly key: string;
  readonly tracked: TrackedSession;
}

/** What can be said of sessions that do the same as a younger one. */
export interface Replacements {
  /**
   * Of two that go on with the same statement the older one: its client has opened another. By key, and when the
   * youngest of them was opened.
   */
  readonly replaced: ReadonlyMap<string, number>;
  /** Those that have a younger one beside them at all, whether or not it has shown that it goes on. By key. */
  readonly hasYounger: ReadonlySet<string>;
}

/**
 * Finds the sessions that were replaced. Where every client has values of its own in the text of its statement, a
 * younger session with the same text is the same client's: it has lost the older one, which may go on all the same.
 *
 * @param at the sample that shows them, by the server's clock.
 */
export function replacements(members: readonly Member[], at: number): Replacements {
  const groups = byText(members);
  const told = textsThatTellApart(members);
  const [replaced, hasYounger] = [new Map<string, number>(), new Set<string>()];
  for (const group of groups.values()) {
    if (group.length < 2) continue;
    // A session that was just opened has shown no rhythm of its own yet: it has that of the others.
    const breaksAt = Math.max(...group.map(({ tracked }) => rhythmBreaksAt(tracked)));
    const alive = group.filter(
      ({ tracked }) =>
        isAlive(tracked, at) ||
        (tracked.returns < RHYTHM_RETURNS && secondsBetween(tracked.session.changedAt, at) <= breaksAt),
    );
    for (const { key, tracked } of group) {
      const younger = alive.filter((other) => other.tracked.session.startedAt > tracked.session.startedAt);
      if (younger.length === 0 || tracked.sameText < 2 || !told.has(classOf(tracked))) continue;
      hasYounger.add(key);
      if (isAlive(tracked, at) && younger.some((other) => other.tracked.sameText >= 1))
        replaced.set(key, Math.max(...younger.map((other) => other.tracked.session.startedAt)));
    }
  }
  return { replaced, hasYounger };
}

function byText(members: readonly Member[]): Groups {
  const groups = new Map<string, Member[]>();
  for (const member of members) {
    if (member.tracked.statement === null) continue;
    const key = textOf(member.tracked);
    const group = groups.get(key);
    if (group) group.push(member);
    else groups.set(key, [member]);
  }
  return groups;
}

/** The classes of sessions, by pool and shape, of which nearly every client has a text of its own. */
function textsThatTellApart(members: readonly Member[]): ReadonlySet<string> {
  const classes = new Map<string, { sessions: number; readonly texts: Set<number> }>();
  for (const { tracked } of members) {
    if (tracked.statement === null || tracked.sameText < 2) continue;
    const key = classOf(tracked);
    const found = classes.get(key) ?? { sessions: 0, texts: new Set() };
    found.sessions += 1;
    found.texts.add(tracked.statement.text);
    classes.set(key, found);
  }
  const { texts: least, sessionsEach } = TELLS_APART;
  return new Set(
    [...classes]
      .filter(([, { sessions, texts }]) => texts.size >= least && sessions <= texts.size * sessionsEach)
      .map(([key]) => key),
  );
}

function classOf({ session, statement }: TrackedSession): string {
  return JSON.stringify([session.role, session.database, session.application, statement?.shape ?? null]);
}
