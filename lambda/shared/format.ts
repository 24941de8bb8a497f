/** `45 s`, `6 min`, `2 h 5 min`, `3 d 4 h`: two units at most, the smaller left out when it is zero. */
export function duration(seconds: number): string {
  const whole = Number.isFinite(seconds) ? Math.max(0, Math.round(seconds)) : 0;
  if (whole < 120) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return two(hours, 'h', minutes % 60, 'min');
  return two(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

function two(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

/**
 * `2026-11-23 21:15:07 UTC+01:00`: a moment (ms since the epoch) in a time zone, with its offset, so that the reader does not have to
 * know where the sender sits.
 *
 * @throws {RangeError} when the time zone or the moment does not exist.
 */
export function instant(at: number, timeZone: string): string {
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'longOffset',
  });
  const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, value]));
  const offset = parts.get('timeZoneName')?.replace(/^GMT/, '').replace('+00:00', '') ?? '';
  const [year, month, day] = [parts.get('year'), parts.get('month'), parts.get('day')];
  return `${year}-${month}-${day} ${parts.get('hour')}:${parts.get('minute')}:${parts.get('second')} UTC${offset}`;
}

/** `1 session`, `12 sessions`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** `94%`; never 100 % while something is left, nor of nothing; more where `part` is more than the whole. */
export function percent(part: number, whole: number): string {
  if (whole <= 0) return '100%';
  const share = Math.round((100 * part) / whole);
  return `${part < whole ? Math.min(99, share) : share}%`;
}

/** `+12`, `-3`, `0`. */
export function signed(count: number): string {
  return count > 0 ? `+${count}` : String(count);
}

/** `a, b and c`. */
export function listed(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}
