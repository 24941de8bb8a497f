/** Every error that the function itself makes: what is not one comes from a library, from AWS or from the server. */
export class GuardError extends Error {
  override readonly name: string = 'GuardError';
}
