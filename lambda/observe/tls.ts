import { readFile } from 'node:fs/promises';
import { checkServerIdentity, createSecureContext, rootCertificates, type SecureContext } from 'node:tls';
import type { Database } from '../config/database.ts';
import { GuardError } from '../shared/guard-error.ts';

/** Where the Lambda runtime keeps Amazon's certificates, the roots of RDS among them (Node 20 and later). */
const RUNTIME_CA_FILE = '/var/runtime/ca-cert.pem';

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

/** Parsing some 140 roots takes longer than a login: once per process and file is enough. */
const contexts = new Map<string | undefined, Promise<SecureContext>>();

/**
 * How to encrypt the way to a server: its certificate must lead to a trusted root and be for `host`.
 *
 * @param onVerified called once both are so.
 * @returns false where the configuration says `mode: 'disable'`.
 * @throws {TrustError} when the file of certificates cannot be read.
 */
export async function tlsOptions(
  { host, tls }: Pick<Database, 'host' | 'tls'>,
  onVerified: () => void,
): Promise<TlsOptions | false> {
  if (tls.mode === 'disable') return false;
  return {
    secureContext: await trusted(tls.caFile),
    rejectUnauthorized: true,
    // Against the name that was asked for, an IP address too, and whatever the driver may pass on.
    checkServerIdentity: (_name, certificate) => {
      const mismatch = checkServerIdentity(host, certificate);
      if (mismatch === undefined) onVerified();
      return mismatch;
    },
  };
}

function trusted(caFile: string | undefined): Promise<SecureContext> {
  const known = contexts.get(caFile);
  if (known !== undefined) return known;
  const context = contextOf(caFile);
  contexts.set(caFile, context);
  // A file that cannot be read now may be there at the next sample.
  context.catch(() => contexts.delete(caFile));
  return context;
}

async function contextOf(caFile: string | undefined): Promise<SecureContext> {
  try {
    if (caFile !== undefined) return createSecureContext({ ca: await readFile(caFile) });
    const runtime = await readFile(RUNTIME_CA_FILE).catch(unlessMissing);
    return createSecureContext({
      ca: runtime === null ? [...rootCertificates] : [runtime, ...rootCertificates],
    });
  } catch (cause) {
    throw new TrustError(`cannot read the certificates to trust: ${String(cause)}`, { cause });
  }
}

/** Outside Lambda there is no runtime file. */
function unlessMissing(error: unknown): null {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
  throw error;
}
