/** The replay is told to end: how the process then exits, by the shell's convention of 128 + signal number. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  readonly status: number;

  constructor(what: string, status: number) {
    super(what);
    this.status = status;
  }
}

const STATUS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/**
 * A signal that aborts with {@link Interrupted} at Ctrl-C, SIGTERM, a closed terminal, or when the reader of our
 * output is gone. Everything that was started is then stopped in good order; asking twice does not change that.
 */
export function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const [name, status] of Object.entries(STATUS)) {
    process.on(name, () => controller.abort(new Interrupted(name, status)));
  }
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    controller.abort(new Interrupted('the reader of the output is gone', 1));
  });
  return controller.signal;
}
