import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { PACKAGE_ROOT } from './package-root.ts';

/** What the package's `bin` names. */
const DIRECTORY = join(PACKAGE_ROOT, 'dist', 'cli');

/**
 * Bundles the command line into `dist/cli/main.mjs`, for the oldest Node that the package supports. What npm installs
 * with the package (`dependencies`) stays outside: the AWS SDK is loaded only by those who log in with it.
 */
await rm(DIRECTORY, { recursive: true, force: true });
await build({
  absWorkingDir: PACKAGE_ROOT,
  entryPoints: ['cli/main.ts'],
  outdir: DIRECTORY,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  // Keeps what is imported on demand in files of its own; in one file it would be loaded at every start.
  splitting: true,
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  packages: 'external',
  legalComments: 'none',
  logLevel: 'warning',
});
