#!/usr/bin/env node
import { setMaxListeners } from 'node:events';
import { homedir, userInfo } from 'node:os';
import { emitKeypressEvents } from 'node:readline';
import { systemClock } from '../lambda/shared/clock.ts';
import { printable } from '../lambda/shared/printable.ts';
import { runCli } from './cli.ts';
import { PROGRAM } from './command.ts';
import type { Context, LiveTerminal } from './context.ts';
import { EXIT } from './exit-code.ts';
import { askAt } from './prompt.ts';
import { screenOf } from './view/screen.ts';

const stop = new AbortController();
// Statements that are under way together listen each for themselves: that is no leak.
setMaxListeners(0, stop.signal);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stop.abort(signal));

const { stdin, stdout, stderr } = process;

/** Says what went wrong in a line. 1, which Node would exit with, means WARNING to a monitoring system. */
const fail = (error: Error): never => {
  stderr.write(`${PROGRAM}: ${printable(error.message, 500)}\n`);
  process.exit(EXIT.unknown);
};
process.on('uncaughtException', fail);

// `sessions | head` closes the pipe early: what is left is not wanted, and that is no error. A full disk is one.
stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') fail(error);
  process.exit(process.exitCode ?? EXIT.ok);
});

/** What node:readline says of a key. */
interface KeyPress {
  readonly name?: string;
  readonly sequence?: string;
  readonly ctrl?: boolean;
}

const terminal: LiveTerminal = {
  // A terminal that knows no size says 0.
  size: () => ({ columns: stdout.columns || 80, rows: stdout.rows || 24 }),
  write: (text) => void stdout.write(text),
  onResize: (callback) => {
    stdout.on('resize', callback);
    return () => void stdout.off('resize', callback);
  },
  onKey: (callback) => {
    if (!stdin.isTTY) return () => {};
    const pressed = (_text: string | undefined, { name, sequence = '', ctrl }: KeyPress) => {
      // In raw mode Ctrl-C is a key like any other; it is given back its meaning.
      if (ctrl && name === 'c') process.kill(process.pid, 'SIGINT');
      else callback({ name, sequence });
    };
    emitKeypressEvents(stdin);
    stdin.setRawMode(true).on('keypress', pressed).resume();
    return () => void stdin.off('keypress', pressed).setRawMode(false).pause();
  },
};

const context: Context = {
  env: process.env,
  home: homedir(),
  user: userInfo().username,
  cwd: process.cwd(),
  clock: systemClock,
  signal: stop.signal,
  screen: screenOf(stdout),
  out: (text) => void stdout.write(`${text}\n`),
  err: (text) => void stderr.write(`${text}\n`),
  errIsTerminal: stderr.isTTY,
  ask: askAt(stdin, stderr),
  // A dumb terminal knows no cursor: it gets lines.
  terminal: stdout.isTTY && process.env['TERM'] !== 'dumb' ? terminal : null,
};

process.exitCode = await runCli(process.argv.slice(2), context);
