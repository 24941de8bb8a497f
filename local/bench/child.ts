import { fork } from 'node:child_process';
import { once } from 'node:events';

/** The Node.js that is measured: Lambda's, where `npm run bench` could get it. */
export const NODE = process.env['RCG_NODE'] ?? process.execPath;

/** A script in a process of its own. */
export interface Child extends AsyncDisposable {
  /** Sends a message and resolves to the answer. Rejects when the process ends instead. */
  ask(message: object): Promise<unknown>;
}

/** Starts a JavaScript file, with nothing preloaded that would count as its memory, and waits for its first message. */
export async function startChild(
  script: string,
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<Child> {
  const child = fork(script, args, {
    execArgv: [],
    execPath: NODE,
    env: { ...process.env, ...variables },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`a process of the benchmark ended too early (${String(code)})`);
  });
  ended.catch(() => {});
  const answer = async (): Promise<unknown> => {
    const messages: unknown[] = await Promise.race([once(child, 'message'), ended]);
    return messages[0];
  };
  await answer();
  return {
    ask: async (message) => {
      const answered = answer();
      child.send(message);
      return await answered;
    },
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill();
      await gone;
    },
  };
}
