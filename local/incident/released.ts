import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bundleInto } from '../../infra/build/function-bundle.ts';
import { PACKAGE_ROOT } from '../../infra/build/package-root.ts';

/** The last commit of version 0.1.0. */
const RELEASE_0_1_0 = 'e2d91f9';

const run = promisify(execFile);

/**
 * Builds the function of version 0.1.0 from the repository's history, to compare its rules with today's.
 *
 * @throws {Error} where the history is not there, as in a shallow clone.
 */
export async function buildRelease(): Promise<string> {
  const directory = join(PACKAGE_ROOT, 'dist', 'release-0.1.0');
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  const archive = join(directory, 'source.tar');
  try {
    await run('git', ['archive', '--format=tar', `--output=${archive}`, RELEASE_0_1_0, 'lambda'], {
      cwd: PACKAGE_ROOT,
    });
  } catch (cause) {
    throw new Error(
      `policy 0.1.0 is built from commit ${RELEASE_0_1_0}, which this clone does not have (git fetch --unshallow brings it)`,
      { cause },
    );
  }
  await run('tar', ['-xf', archive, '-C', directory]);
  // The sources are ES modules, whatever package.json lies above them.
  await writeFile(join(directory, 'package.json'), '{ "type": "module" }\n');
  const file = join(directory, 'index.mjs');
  await bundleInto(file, { entryPoints: [join(directory, 'lambda', 'handler.ts')] });
  return file;
}
