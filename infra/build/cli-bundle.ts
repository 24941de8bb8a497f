import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, stop } from 'esbuild';
import { clientOnly, REQUIRE_FOR_COMMONJS } from './function-bundle.ts';
import { PACKAGE_ROOT } from './package-root.ts';

/** What the package's `bin` names. */
const DIRECTORY = join(PACKAGE_ROOT, 'dist', 'cli');

/**
 * Bundles the command line into `dist/cli/main.mjs`, for the oldest Node that the package supports. The libraries that every
 * command needs are in it, for reading a file takes longer than what is in it; the AWS SDK and jiti, which few need, stay
 * outside and are loaded on demand.
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
    minify: true,
    external: ['@aws-sdk/*', 'jiti'],
    mainFields: ['module', 'main'],
    plugins: [clientOnly],
    banner: { js: REQUIRE_FOR_COMMONJS },
    // pg asks by it whether it runs at Cloudflare, and Node.js 20 would load all of fetch to answer.
    define: { Response: 'undefined' },
    legalComments: 'none',
    logLevel: 'warning',
  });
  // esbuild's process would stay until ours ends.
  await stop();
  return join(DIRECTORY, 'main.mjs');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildCli();
