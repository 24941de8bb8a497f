import { printable } from './printable.ts';

/** What a log line may hold: plain data, already free of secrets and of query text. */
export type LogFields = Readonly<Record<string, unknown>> & {
  /** The level of the line itself, by which Lambda filters: no field may take its place. */
  readonly level?: never;
};

/** Writes one structured line. `event` is a fixed, dotted name such as `check.done`. */
export type Log = (level: 'INFO' | 'WARN' | 'ERROR', event: string, fields: LogFields) => void;

/** No single text in a line is longer than this: the rest of an attacker's 60 kB name is of no use. */
const MAX_TEXT = 500;

/**
 * A log that writes JSON lines with `timestamp`, `level` and `event` first, which is what Lambda's JSON log format
 * passes through and filters by level (Lambda developer guide, "Using Lambda advanced logging controls with Node.js").
 */
export function jsonLog(write: (line: string) => void, now: () => number): Log {
  return (level, event, fields) => {
    const entry = { timestamp: new Date(now()).toISOString(), level, event, ...fields };
    write(
      `${JSON.stringify(entry, (_key, value: unknown) => (typeof value === 'string' ? printable(value, MAX_TEXT) : value))}\n`,
    );
  };
}
