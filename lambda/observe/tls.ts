import { readFile, stat } from 'node:fs/promises';
import { checkServerIdentity, createSecureContext, rootCertificates, type SecureContext } from 'node:tls';
import type { Database } from '../config/database.ts';
import { GuardError } from '../shared/guard-error.ts';

/**
 * Where the Lambda runtime keeps "all Amazon CA certificates", RDS's among them. Node 20 and later do not load it.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/lambda-nodejs.html
 */
const RUNTIME_CA_FILE = '/var/runtime/ca-cert.pem';

/** The bundle of all regions of RDS has some 165 kB. */
const MOST_BYTES = 2 * 1024 * 1024;

/** Thrown when the certificates to trust cannot be read. */
export class TrustError extends GuardError {
  override readonly name = 'TrustError';
}

/** What `pg` hands to `tls.connect`. */
export interface TlsOptions {
  readonly secureContext: SecureContext;
  readonly rejectUnauthorized: true;
  readonly checkServerIdentity: typeof checkServerIdentity;
}

/** The configuration's setting, and the certificate to log in with, which only the command line may have. */
export type TlsSettings = Database['tls'] & {
  /** PEM files. */
  readonly clientCertificate?: { readonly certFile: string; readonly keyFile: string };
};

/** Parsing some 140 roots takes longer than a login: once per process and file is enough. */
const contexts = new Map<string, Promise<SecureContext>>();

/**
 * How to encrypt the connection to a server: its certificate must lead to a trusted root and be for `host`.
 *
 * @param onVerified called once both are so.
 * @returns false where the configuration says `mode: 'disable'`.
 * @throws {TrustError} when the file of certificates cannot be read.
 */
export async function tlsOptions(
  { host, tls }: { readonly host: string; readonly tls: TlsSettings },
  onVerified: () => void,
): Promise<TlsOptions | false> {
  if (tls.mode === 'disable') return false;
  return {
    secureContext: await trusted(tls),
    rejectUnauthorized: true,
    // Against the name that was asked for, an IP address too, and whatever the driver may pass on.
    checkServerIdentity: (_name, certificate) => {
      const mismatch = checkServerIdentity(host, certificate);
      if (mismatch === undefined) onVerified();
      return mismatch;
    },
  };
}

function trusted(tls: TlsSettings): Promise<SecureContext> {
  const key = JSON.stringify([tls.caFile, tls.clientCertificate]);
  const known = contexts.get(key);
  if (known !== undefined) return known;
  const context = contextOf(tls);
  contexts.set(key, context);
  // A file that cannot be read now may be there at the next sample.
  context.catch(() => contexts.delete(key));
  return context;
}

async function contextOf({ caFile, clientCertificate: client }: TlsSettings): Promise<SecureContext> {
  try {
    const ours = client && { cert: await readFile(client.certFile), key: await readFile(client.keyFile) };
    if (caFile !== undefined) return createSecureContext({ ca: await certificatesIn(caFile), ...ours });
    const runtime = await readFile(RUNTIME_CA_FILE).catch(unlessMissing);
    const ca = runtime === null ? [...rootCertificates] : [runtime, ...rootCertificates];
    return createSecureContext({ ca, ...ours });
  } catch (cause) {
    throw new TrustError(`cannot read the certificates to trust: ${String(cause)}`, { cause });
  }
}

/** An event may name any path, and reading a device might never end. */
async function certificatesIn(file: string): Promise<Buffer> {
  const found = await stat(file);
  if (!found.isFile()) throw new Error(`${file} is no regular file`);
  if (found.size > MOST_BYTES) throw new Error(`${file} has ${found.size} bytes; at most ${MOST_BYTES}`);
  return await readFile(file);
}

/** Outside Lambda there is no runtime file. */
function unlessMissing(error: unknown): null {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
  throw error;
}
