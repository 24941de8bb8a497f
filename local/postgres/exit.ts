const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

const tasks = new Set<() => void>();

function runTasks(): void {
  for (const task of tasks) task();
  tasks.clear();
}

/** Where another listener decides what the signal means, the exit that follows runs the tasks. */
function onSignal(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  runTasks();
  process.removeListener(signal, onSignal);
  process.kill(process.pid, signal);
}

/**
 * Has `task` (synchronous) run when this process exits or is ended by a signal that it can answer.
 *
 * @returns a function that takes it back.
 */
export function atExit(task: () => void): () => void {
  if (tasks.size === 0) {
    process.on('exit', runTasks);
    for (const signal of SIGNALS) process.on(signal, onSignal);
  }
  tasks.add(task);
  return () => {
    tasks.delete(task);
    if (tasks.size > 0) return;
    process.removeListener('exit', runTasks);
    for (const signal of SIGNALS) process.removeListener(signal, onSignal);
  };
}
