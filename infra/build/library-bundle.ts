import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build, stop } from 'esbuild';
import { PACKAGE_ROOT } from './package-root.ts';

// The construct as the package delivers it: one CommonJS file, which CDK apps of both kinds can load, jest included, that
// of `cdk init` among them. A second build for ES modules would put each class into one app twice. Its libraries stay outside.

const TYPES = join(PACKAGE_ROOT, 'dist', 'lib', 'types');

await build({
  absWorkingDir: PACKAGE_ROOT,
  entryPoints: ['index.ts'],
  outfile: 'dist/lib/index.cjs',
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  format: 'cjs',
  packages: 'external',
  banner: { js: "const importMetaUrl = require('node:url').pathToFileURL(__filename).href;" },
  define: { 'import.meta.url': 'importMetaUrl' },
  legalComments: 'none',
  logLevel: 'warning',
});
// esbuild's process would stay until ours ends.
await stop();

// The types that tsc writes beside it are those of a CommonJS module too.
await mkdir(TYPES, { recursive: true });
await writeFile(join(TYPES, 'package.json'), '{ "type": "commonjs" }\n');
