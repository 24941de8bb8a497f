import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, stop } from 'esbuild';
import { PACKAGE_ROOT } from './package-root.ts';

/** What the package's `bin` names. */
const DIRECTORY = join(PACKAGE_ROOT, 'dist', 'cli');

/**
 * Bundles the command line into `dist/cli/main.mjs`, for the oldest Node that the package supports. What npm installs
 * with the package (`dependencies`) stays outside: the AWS SDK is loaded only by those who log in with it.
 *
 * @returns the file that runs it.
 */
export async function buildCli(): Promise<string> {
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
  // esbuild's process would stay until ours ends.
  await stop();
  return join(DIRECTORY, 'main.mjs');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildCli();
