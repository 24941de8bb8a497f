import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import type { Ask } from './context.ts';

/** Asks on standard error, for standard output may be a file. Null unless a person sits at both ends. */
export function askAt(input: NodeJS.ReadStream, output: NodeJS.WriteStream): Ask | null {
  if (!input.isTTY || !output.isTTY) return null;
  return async (question, { secret, signal }) => {
    // readline writes what is typed to its output: for a secret that is nowhere, so the question goes there by itself.
    if (secret) output.write(question);
    const echo = secret ? new Writable({ write: (_chunk, _encoding, done) => done() }) : output;
    const lines = createInterface({ input, output: echo, terminal: true });
    // In raw mode Ctrl-C is a key; give it back its meaning.
    lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
    try {
      return await lines.question(secret ? '' : question, { signal });
    } finally {
      lines.close();
      if (secret) output.write('\n');
    }
  };
}
