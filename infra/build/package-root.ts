import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The directory of this package's own `package.json`: the clone itself, or where npm put the package. Found from this
 * file, so that sources run by tsx and compiled files in `dist/lib` agree, whatever the working directory.
 */
export const PACKAGE_ROOT = upToPackageJson(dirname(fileURLToPath(import.meta.url)));

/** Where `npm run build` puts the guard's code, and the published package has it: one directory, one file. */
export const BUNDLE_DIRECTORY = join(PACKAGE_ROOT, 'dist', 'lambda');

/** The same for the function that a refused login wakes. */
export const WAKE_DIRECTORY = join(PACKAGE_ROOT, 'dist', 'wake');

/** The same for the function that discovers databases. */
export const DISCOVER_DIRECTORY = join(PACKAGE_ROOT, 'dist', 'discover');

/** The same for the function that people act through. */
export const ACTIONS_DIRECTORY = join(PACKAGE_ROOT, 'dist', 'actions');

function upToPackageJson(directory: string): string {
  if (existsSync(join(directory, 'package.json'))) return directory;
  if (directory === dirname(directory)) throw new Error(`no package.json above ${import.meta.url}`);
  return upToPackageJson(dirname(directory));
}
