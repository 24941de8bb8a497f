import type { Level } from '../lambda/model/level.ts';

/**
 * What every command ends with, by the convention of monitoring plug-ins (Nagios Plugin Development Guidelines, "Plugin
 * Return Codes"): 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN. A command line that cannot be followed is 3 too, for then
 * nothing is known.
 */
export const EXIT = { ok: 0, warning: 1, critical: 2, unknown: 3 } as const;

/** One of {@link EXIT}. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The exit code for a level; null: there is no sample. */
export function exitCodeFor(level: Level | null): ExitCode {
  if (level === null) return EXIT.unknown;
  if (level === 'ok') return EXIT.ok;
  return level === 'warning' ? EXIT.warning : EXIT.critical;
}

/** The code for several: critical before unknown before warning, for a server that is full needs somebody first. */
export function worstOf(codes: readonly ExitCode[]): ExitCode {
  const order = [EXIT.critical, EXIT.unknown, EXIT.warning];
  return order.find((code) => codes.includes(code)) ?? EXIT.ok;
}
