import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { BUNDLE_DIRECTORY } from './build/package-root.ts';

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

/** The function's code, with the certificates beside it. */
export function codeWith(certificates: readonly Certificates[]): Code {
  if (certificates.length === 0) return Code.fromAsset(BUNDLE_DIRECTORY);
  const tryBundle = (directory: string) => {
    cpSync(BUNDLE_DIRECTORY, directory, { recursive: true });
    for (const { path, pem } of certificates) {
      const file = join(directory, path.slice(TASK_ROOT.length));
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, pem);
    }
    return true;
  };
  return Code.fromAsset(BUNDLE_DIRECTORY, {
    assetHashType: AssetHashType.OUTPUT,
    // Files are copied here and now; the image is asked for by the type and never used.
    bundling: { image: DockerImage.fromRegistry('unused'), local: { tryBundle } },
  });
}
