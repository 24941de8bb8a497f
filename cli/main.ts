#!/usr/bin/env node
import { setMaxListeners } from 'node:events';
import { homedir, userInfo } from 'node:os';
import { systemClock } from '../lambda/shared/clock.ts';
import { runCli } from './cli.ts';
import type { Context, LiveTerminal } from './context.ts';
import { askAt } from './prompt.ts';
import { screenOf } from './view/screen.ts';

const stop = new AbortController();
// Statements that are under way together listen each for themselves: that is no leak.
setMaxListeners(0, stop.signal);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort(signal));

const { stdin, stdout, stderr } = process;

// `guard sessions | head` closes the pipe early: nobody reads on, and that is no error.
stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(process.exitCode ?? 0);
});

const terminal: LiveTerminal = {
  size: () => ({ columns: stdout.columns, rows: stdout.rows }),
  write: (text) => void stdout.write(text),
  onResize: (callback) => {
    stdout.on('resize', callback);
    return () => void stdout.off('resize', callback);
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
  terminal: stdout.isTTY ? terminal : null,
};

process.exitCode = await runCli(process.argv.slice(2), context);
