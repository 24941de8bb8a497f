import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type Metafile, type Plugin, stop } from 'esbuild';
import {
  ACTIONS_DIRECTORY,
  BUNDLE_DIRECTORY,
  DISCOVER_DIRECTORY,
  PACKAGE_ROOT,
  WAKE_DIRECTORY,
} from './package-root.ts';

/** The most that the minified function may weigh, in bytes: what is loaded on each cold start (1 kB = 1000 bytes). */
export const BUNDLE_BUDGET = 480_000;

/** pg and parts of the AWS SDK are CommonJS and `require` Node's own modules, which an ES module has to offer them. */
export const REQUIRE_FOR_COMMONJS =
  "import{createRequire as createBundleRequire}from'node:module';const require=createBundleRequire(import.meta.url);";

/** The AWS SDK reads its version from its package.json and would bundle all of it, some 2 kB for each client. */
const versionOnly: Plugin = {
  name: 'version-only',
  setup: (bundling) => {
    bundling.onLoad({ filter: /[\\/]@aws-sdk[\\/]client-[a-z-]+[\\/]package\.json$/ }, async ({ path }) => {
      const manifest: unknown = JSON.parse(await readFile(path, 'utf8'));
      const isObject = typeof manifest === 'object' && manifest !== null;
      const version = isObject && 'version' in manifest ? manifest.version : undefined;
      return { contents: JSON.stringify({ version }), loader: 'json' };
    });
  },
};

/**
 * pg loads its pool, its native client and the readers of password files and connection strings with the one client that
 * we use, some 23 kB.
 * Each is replaced by a class that does nothing, for pg derives its own from the pool.
 */
export const clientOnly: Plugin = {
  name: 'client-only',
  setup: (bundling) => {
    bundling.onLoad(
      { filter: /[\\/](?:pg-pool|pgpass|pg-connection-string|pg[\\/]lib[\\/]native)[\\/]/ },
      () => ({
        contents: 'module.exports = class {};',
        loader: 'js',
      }),
    );
  },
};

/**
 * The AWS SDK can read streams of events, some 14 kB, which no operation that we call answers with. A client that has such
 * operations (Lambda's) still has its configuration resolved, and keeps it as it is.
 */
const noEventStreams: Plugin = {
  name: 'no-event-streams',
  setup: (bundling) => {
    bundling.onLoad(
      { filter: /[\\/]@smithy[\\/]core[\\/]dist-es[\\/]submodules[\\/]event-streams[\\/]/ },
      () => ({
        contents: 'module.exports = { resolveEventStreamSerdeConfig: (config) => config };',
        loader: 'js',
      }),
    );
  },
};

const OPTIONS = {
  absWorkingDir: PACKAGE_ROOT,
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  minify: true,
  // The SDK's ES modules can be shaken: 38 % less than its CommonJS build.
  mainFields: ['module', 'main'],
  alias: {
    '@aws-sdk/credential-provider-node': './lambda/shared/lambda-credentials.ts',
    '@aws-sdk/credential-providers': './lambda/shared/lambda-credentials.ts',
  },
  plugins: [versionOnly, clientOnly, noEventStreams],
  banner: { js: REQUIRE_FOR_COMMONJS },
  legalComments: 'none',
  // Neither a source map nor the metafile is written: both hold relative paths, and the asset's hash is the bytes'.
  sourcemap: false,
  metafile: true,
  logLevel: 'warning',
} as const satisfies BuildOptions;

/** A function that is deployed: where its one file goes, what it is made from, and the most that it may weigh. */
interface FunctionSource {
  readonly directory: string;
  readonly entry: string;
  readonly budget: number;
}

const GUARD: FunctionSource = {
  directory: BUNDLE_DIRECTORY,
  entry: 'lambda/handler.ts',
  budget: BUNDLE_BUDGET,
};
const WAKE: FunctionSource = {
  directory: WAKE_DIRECTORY,
  entry: 'lambda/wake/handler.ts',
  budget: 300_000,
};
const DISCOVER: FunctionSource = {
  directory: DISCOVER_DIRECTORY,
  entry: 'lambda/discover/handler.ts',
  budget: 420_000,
};
const ACTIONS: FunctionSource = {
  directory: ACTIONS_DIRECTORY,
  entry: 'lambda/actions/handler.ts',
  budget: 400_000,
};

/** What {@link buildBundles} built. */
export interface Bundle {
  /** The one file that Lambda runs; its directory holds nothing else. */
  readonly file: string;
  /** Its size. */
  readonly bytes: number;
}

/** Thrown when the function outgrows {@link BUNDLE_BUDGET}; names what weighs most in it. */
export class BundleBudgetError extends Error {
  override readonly name = 'BundleBudgetError';
}

/**
 * Bundles the guard into `dist/lambda/index.mjs`: the bytes that are deployed, packed and driven by the end-to-end
 * tests. The same sources give the same bytes on every machine.
 *
 * @throws {BundleBudgetError} when the result is over budget (the file is written all the same, for a look at it).
 */
export async function buildBundle(): Promise<Bundle> {
  return await buildFunction(GUARD);
}

/** Bundles every function that the stack may deploy, each as {@link buildBundle} does. */
export async function buildBundles(): Promise<Bundle[]> {
  const built: Bundle[] = [];
  for (const source of [GUARD, WAKE, DISCOVER, ACTIONS]) built.push(await buildFunction(source));
  return built;
}

async function buildFunction({ directory, entry, budget }: FunctionSource): Promise<Bundle> {
  await rm(directory, { recursive: true, force: true });
  const file = join(directory, 'index.mjs');
  const metafile = await bundleInto(file, { entryPoints: [entry] });
  return { file, bytes: withinBudget(metafile, budget) };
}

/** Bundles any entry as the function is bundled: what the function is compared with must be made alike. */
export async function bundleInto(
  file: string,
  entry: Pick<BuildOptions, 'entryPoints' | 'stdin'>,
): Promise<Metafile> {
  const { metafile } = await build({ ...OPTIONS, ...entry, outfile: file });
  // esbuild's process would stay until ours ends.
  await stop();
  return metafile;
}

/**
 * The size of the one output in bytes.
 *
 * @throws {BundleBudgetError} when it is over `budget`.
 */
export function withinBudget(metafile: Metafile, budget: number): number {
  const [output] = Object.values(metafile.outputs);
  if (!output) throw new Error('esbuild wrote nothing');
  if (output.bytes <= budget) return output.bytes;
  const biggest = byPackage(output.inputs)
    .slice(0, 8)
    .map(([name, bytes]) => `  ${kilobytes(bytes)}  ${name}`);
  throw new BundleBudgetError(
    `the function is ${kilobytes(output.bytes)}, ${kilobytes(output.bytes - budget)} over its budget of ` +
      `${kilobytes(budget)}; what weighs most:\n${biggest.join('\n')}`,
  );
}

/** Bytes in the output by npm package (files of our own by their folder), the biggest first. */
function byPackage(inputs: Metafile['outputs'][string]['inputs']): [string, number][] {
  const sums = new Map<string, number>();
  for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
    const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? path.replace(/\/[^/]*$/, '');
    sums.set(name, (sums.get(name) ?? 0) + bytesInOutput);
  }
  return [...sums].sort(([, a], [, b]) => b - a);
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(1).padStart(6)} kB`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const { file, bytes } of await buildBundles()) console.log(`${file}  ${kilobytes(bytes)}`);
}
