import { access, constants } from 'node:fs/promises';
import { UsageError } from '../usage-error.ts';

/**
 * Says before anything is tried that a file cannot be read.
 *
 * @param what the option or setting that names the file.
 * @throws {UsageError} when it cannot be read.
 */
export async function mustBeReadable(file: string, what: string): Promise<void> {
  try {
    await access(file, constants.R_OK);
  } catch (cause) {
    throw new UsageError(`${what} ${file} cannot be read`, { cause });
  }
}
