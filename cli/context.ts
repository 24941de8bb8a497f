import type { Clock } from '../lambda/shared/clock.ts';
import type { Environment } from './connection/environment.ts';
import type { Screen } from './view/screen.ts';
import type { Key } from './watch/ui.ts';

/** All of the outside world that a command touches. */
export interface Context {
  readonly env: Environment;
  /** The home directory: `~/.pgpass`, `~/.pg_service.conf`. */
  readonly home: string;
  /** The operating system's user, which is libpq's default for PGUSER. */
  readonly user: string;
  /** The working directory, from which `guard.config.ts` is found. */
  readonly cwd: string;
  readonly clock: Clock;
  /** Aborted by Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
  readonly screen: Screen;
  /** What the command was asked for, one or more lines. */
  readonly out: (text: string) => void;
  /** Notes, errors and audit lines. */
  readonly err: (text: string) => void;
  /** True when a person reads standard error, not a file. */
  readonly errIsTerminal: boolean;
  /** Asks a person, on standard error. Null where there is no terminal to ask at: then nothing is written either. */
  readonly ask: Ask | null;
  /** The live view's terminal; null when standard output is none. */
  readonly terminal: LiveTerminal | null;
}

/** Asks one question and gives the answer; `secret` keeps it off the screen. Rejects when `signal` aborts. */
export type Ask = (
  question: string,
  options: { readonly secret: boolean; readonly signal: AbortSignal },
) => Promise<string>;

/** A terminal that shows one judged after the other in the same place. */
export interface LiveTerminal {
  size(): { readonly columns: number; readonly rows: number };
  /** Raw control sequences and text. */
  write(text: string): void;
  /** Calls back when the size changes, until the function it returns is called. */
  onResize(callback: () => void): () => void;
  /** Calls back for each key, none of them echoed, until the function it returns is called. Ctrl-C stays an interrupt. */
  onKey(callback: (key: Key) => void): () => void;
}
