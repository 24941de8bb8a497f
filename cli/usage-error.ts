/** Thrown when the command line, the environment or a file it names says something that cannot be followed. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
