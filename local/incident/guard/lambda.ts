import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { isReply, type RunRequest } from './protocol.ts';

/** The function in an environment of its own that stays warm between runs, as Lambda keeps it. */
export interface LambdaEnvironment {
  /**
   * One run.
   *
   * @param timeoutMs what the function is told it may take; a run that takes longer is given up.
   * @throws {Error} with the function's own error, or when the environment has died.
   */
  invoke(event: unknown, timeoutMs: number): Promise<void>;
  stop(): Promise<void>;
}

/** A run that stays this much longer than it may has broken its promise, in ms. */
const GRACE_MS = 2000;

/** Lines of the function's standard error that are kept for the message when its environment dies. */
const KEPT_LINES = 10;

/**
 * Loads the bundle in a Node process with nothing in its environment but `variables` and PATH.
 *
 * @throws {Error} with what the process printed when the bundle does not load.
 */
export async function startLambdaEnvironment(
  bundleFile: string,
  variables: Readonly<Record<string, string>>,
): Promise<LambdaEnvironment> {
  const tsx = createRequire(import.meta.url).resolve('tsx');
  const child = spawn(
    process.execPath,
    [
      '--import',
      pathToFileURL(tsx).href,
      fileURLToPath(new URL('worker.ts', import.meta.url)),
      pathToFileURL(bundleFile).href,
    ],
    { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], env: { PATH: process.env['PATH'], ...variables } },
  );
  const lastWords: string[] = [];
  if (child.stderr) {
    createInterface({ input: child.stderr }).on('line', (line) => {
      lastWords.push(line);
      if (lastWords.length > KEPT_LINES) lastWords.shift();
    });
  }
  const died = new Promise<never>((_resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      reject(new Error(`the function's process ended (${signal ?? code}): ${lastWords.join(' ')}`));
    });
  });
  // Told to whoever waits for a run; ending between two runs, as in stop(), is told to nobody.
  died.catch(() => {});
  await Promise.race([once(child, 'message'), died]);
  return {
    invoke: (event, timeoutMs) => invoke(child, died, event, timeoutMs),
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill();
      await gone;
    },
  };
}

async function invoke(
  child: ChildProcess,
  died: Promise<never>,
  event: unknown,
  timeoutMs: number,
): Promise<void> {
  const request: RunRequest = { id: randomUUID(), event, remaining: timeoutMs };
  const late = AbortSignal.timeout(timeoutMs + GRACE_MS);
  const answered = new Promise<string | null>((resolve, reject) => {
    const listen = (message: unknown) => {
      if (!isReply(message) || message.id !== request.id) return;
      child.off('message', listen);
      resolve(message.error);
    };
    child.on('message', listen);
    late.addEventListener('abort', () => {
      child.off('message', listen);
      reject(new Error(`a run took longer than its ${timeoutMs} ms`));
    });
  });
  child.send(request);
  const error = await Promise.race([answered, died]);
  if (error !== null) throw new Error(error);
}
