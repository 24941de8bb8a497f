import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { PINS, pinning } from './pinning.ts';
import { isReply, type RunRequest } from './protocol.ts';

/** The function in a process of its own that stays warm between runs, as Lambda keeps it. */
export interface LambdaEnvironment {
  /** The lines that the function logged so far, parsed. */
  readonly logs: readonly Readonly<Record<string, unknown>>[];
  /** What it wrote that is not a JSON line; Lambda would log it as it is. */
  readonly noise: readonly string[];
  readonly pid: number;
  /**
   * One run; resolves to what the function answered.
   *
   * @param timeoutMs what the function is told it may take; a run that takes longer is given up.
   * @throws {FunctionError} when the function threw.
   * @throws {Error} when the run took too long, or the process has died.
   */
  invoke(event: unknown, timeoutMs: number): Promise<unknown>;
  stop(): Promise<void>;
}

/** What the function threw, as Lambda reports it: by name (`errorType`) and message. */
export class FunctionError extends Error {
  override readonly name = 'FunctionError';
  readonly errorType: string;

  constructor(errorType: string, message: string) {
    super(message);
    this.errorType = errorType;
  }
}

/** How a function is started. */
export interface FunctionOptions {
  /** The built bundle. */
  readonly bundleFile: string;
  /**
   * Its environment: there is nothing else in it but PATH. Without `GUARD_PINNED_EVENTS` every event counts as one of
   * the stack's; `[]` makes each one somebody else's.
   */
  readonly variables: Readonly<Record<string, string>>;
  /** The Node.js to run it with; by default `RCG_NODE`, else the one that runs this. */
  readonly node?: string;
}

/** Lets every Node.js from 20 on run the worker. */
const TYPES = ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href];

/** The SDK warns of Node.js 20; Lambda runs the function on 24. */
const QUIET = { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' };

/** A run that stays this much longer than it may has broken its promise, in ms. */
const GRACE_MS = 2000;

/**
 * Loads the bundle in a Node process.
 *
 * @throws {Error} with what the process printed when the bundle does not load.
 */
export async function startLambdaEnvironment(options: FunctionOptions): Promise<LambdaEnvironment> {
  const node = options.node ?? process.env['RCG_NODE'] ?? process.execPath;
  const child = spawn(
    node,
    [...TYPES, fileURLToPath(new URL('worker.ts', import.meta.url)), pathToFileURL(options.bundleFile).href],
    {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { PATH: process.env['PATH'], ...QUIET, ...options.variables },
    },
  );
  const logs: Record<string, unknown>[] = [];
  const noise: string[] = [];
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error('the function has no output');
  createInterface({ input: stdout }).on('line', (line) => {
    const entry = parsed(line);
    if (entry === null) noise.push(line);
    else logs.push(entry);
  });
  createInterface({ input: stderr }).on('line', (line) => noise.push(line));
  const died = new Promise<never>((_resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      reject(new Error(`the function's process ended (${signal ?? code}): ${noise.slice(-10).join(' ')}`));
    });
  });
  // A run that is under way rejects with it; between two runs, as in stop(), nothing waits for it.
  died.catch(() => {});
  await Promise.race([once(child, 'message'), died]);
  return {
    logs,
    noise,
    pid: child.pid ?? 0,
    invoke: (event, timeoutMs) =>
      invoke(child, died, {
        id: randomUUID(),
        event,
        remaining: timeoutMs,
        variables: PINS in options.variables ? {} : pinning(event),
      }),
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'close');
      child.kill('SIGKILL');
      await gone;
    },
  };
}

async function invoke(child: ChildProcess, died: Promise<never>, request: RunRequest): Promise<unknown> {
  const late = AbortSignal.timeout(request.remaining + GRACE_MS);
  const answered = new Promise<unknown>((resolve, reject) => {
    const listen = (message: unknown) => {
      if (!isReply(message) || message.id !== request.id) return;
      child.off('message', listen);
      if ('answer' in message) resolve(message.answer);
      else reject(new FunctionError(message.error.name, message.error.message));
    };
    child.on('message', listen);
    late.addEventListener('abort', () => {
      child.off('message', listen);
      reject(new Error(`a run took longer than its ${request.remaining} ms`));
    });
  });
  child.send(request);
  return await Promise.race([answered, died]);
}

function parsed(line: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? { ...value } : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
