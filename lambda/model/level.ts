/** How tight the connection slots of a server are, from best to worst. `full`: the server refuses logins. */
export const LEVELS = ['ok', 'warning', 'critical', 'full'] as const;

/** One of {@link LEVELS}. *unreachable* is not a level: it says that we do not know. */
export type Level = (typeof LEVELS)[number];

/** True when `level` is at least as bad as `other`. */
export function atLeast(level: Level, other: Level): boolean {
  return LEVELS.indexOf(level) >= LEVELS.indexOf(other);
}

/** A level that people are told of. */
export type AlarmLevel = Exclude<Level, 'ok'>;

/** {@link AlarmLevel}s from best to worst. */
export const ALARM_LEVELS = LEVELS.filter((level): level is AlarmLevel => level !== 'ok');
