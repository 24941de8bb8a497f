import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';

/** A file of certificates that goes with the function. */
export interface Certificates {
  /** Where the function finds it. */
  readonly path: string;
  readonly pem: string;
}

/** Where Lambda unpacks a function's code. */
const TASK_ROOT = '/var/task';

/** Reads a `tls.caFile` at synthesis, relative to the working directory; null when it is no file of certificates. */
export function readCertificates(caFile: string): Certificates | null {
  if (!existsSync(caFile)) return null;
  const pem = readFileSync(caFile, 'utf8');
  if (!pem.includes('-----BEGIN CERTIFICATE-----')) return null;
  const name = createHash('sha256').update(pem).digest('hex').slice(0, 16);
  return { path: `${TASK_ROOT}/ca/${name}.pem`, pem };
}

/**
 * A function's code, with the certificates beside it.
 *
 * @param files other files to go with it, by their names.
 */
export function codeWith(
  bundle: string,
  certificates: readonly Certificates[],
  files: Readonly<Record<string, string>> = {},
): Code {
  const beside = [
    ...certificates.map(({ path, pem }) => [path.slice(TASK_ROOT.length), pem] as const),
    ...Object.entries(files),
  ];
  if (beside.length === 0) return Code.fromAsset(bundle);
  const tryBundle = (directory: string) => {
    cpSync(bundle, directory, { recursive: true });
    for (const [name, text] of beside) {
      const file = join(directory, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
    return true;
  };
  return Code.fromAsset(bundle, {
    assetHashType: AssetHashType.OUTPUT,
    // Files are copied here and now; the image is asked for by the type and never used.
    bundling: { image: DockerImage.fromRegistry('unused'), local: { tryBundle } },
  });
}
