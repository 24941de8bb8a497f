import { type ContestOrder, contest } from './contest.ts';
import { interruption } from './interruption.ts';

// One play of the comparison in a process of its own: the clients of one must not keep those of another waiting.

const signal = AbortSignal.any([interruption(), parentGone()]);
process.once('message', (order: ContestOrder) => {
  contest(order, signal).then(
    (result) => process.send?.(result, () => process.disconnect()),
    (error: unknown) => {
      if (!signal.aborted) process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
      process.exitCode = 1;
      process.disconnect?.();
    },
  );
});

function parentGone(): AbortSignal {
  const controller = new AbortController();
  process.once('disconnect', () => controller.abort(new Error('the comparison is gone')));
  return controller.signal;
}
