import { UsageError } from '../usage-error.ts';

/** How a moment may be written, for messages. */
export const MOMENT_FORMS = "a moment such as 03:12, '2026-11-24 03:12' or 2026-11-24T02:12:00Z";

/** The time zone of the machine, an IANA name. */
export const localZone = (): string => new Intl.DateTimeFormat().resolvedOptions().timeZone;

/** `2026-11-24 03:12:04` in the local time zone. */
export function localTime(at: number): string {
  // Sweden writes moments as ISO 8601 does.
  return new Date(at).toLocaleString('sv-SE');
}

/** `03:12:04` in the local time zone. */
export function localTimeOfDay(at: number): string {
  return new Date(at).toTimeString().slice(0, 8);
}

/**
 * The moment that was written, ms since the epoch: in the local time zone unless it says another. A time of day without a date
 * is the last one that was.
 *
 * @param option stands in the message.
 * @throws {UsageError} for what is no moment, or is still to come.
 */
export function parseMoment(option: string, written: string, now: number): number {
  const at = timeOfDay(written, now) ?? dateAndTime(written);
  if (Number.isNaN(at))
    throw new UsageError(`${option} takes ${MOMENT_FORMS}, not '${written.slice(0, 40)}'`);
  if (at > now) throw new UsageError(`${option} ${written.slice(0, 40)} is still to come`);
  return at;
}

function timeOfDay(written: string, now: number): number | null {
  const [, hour, minute, second = '0'] = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(written) ?? [];
  if (hour === undefined) return null;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return Number.NaN;
  const date = new Date(now);
  date.setHours(Number(hour), Number(minute), Number(second), 0);
  if (date.getTime() > now) date.setDate(date.getDate() - 1);
  return date.getTime();
}

function dateAndTime(written: string): number {
  const iso = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2})?$/.test(
    written,
  );
  // Without an offset Date.parse takes date and time as local (ECMAScript, "Date Time String Format").
  return iso ? Date.parse(written.replace(' ', 'T')) : Number.NaN;
}
