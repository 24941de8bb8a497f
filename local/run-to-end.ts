/**
 * Runs a script's main function, whose result is the exit status. Should the process run out of work before it is done,
 * it says so and fails: Node.js ends then with a status of its own and, under tsx, without a word.
 */
export async function runToEnd(main: () => Promise<number>): Promise<void> {
  const stopped = () => {
    process.stderr.write('stopped before it was done: what it waited for never came\n');
    process.exitCode = 1;
  };
  process.once('exit', stopped);
  try {
    process.exitCode = await main();
  } finally {
    process.off('exit', stopped);
  }
}
