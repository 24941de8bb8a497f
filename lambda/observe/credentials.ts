import { Signer } from '@aws-sdk/rds-signer';
import { type Database, secretIdOf } from '../config/database.ts';
import { CredentialsError, type CredentialsProvider } from '../model/session.ts';
import { orAborted } from '../shared/abort.ts';
import { printable } from '../shared/printable.ts';
import type { SecretReader } from './secret-cache.ts';

/** What the providers of all databases share. */
export interface CredentialsParts {
  /** The region that IAM tokens are signed for: the database's. */
  readonly region: string;
  readonly readSecret: SecretReader;
}

/** The credentials that a database's `login` asks for. */
export function createCredentialsProvider(
  { login, host, port }: Pick<Database, 'login' | 'host' | 'port'>,
  { region, readSecret }: CredentialsParts,
): CredentialsProvider {
  if (!('iam' in login)) {
    const secretId = secretIdOf(login);
    return { credentials: (options) => readSecret(secretId, options) };
  }
  const { user } = login.iam;
  const signer = new Signer({ hostname: host, port, username: user, region });
  // A token is signed here, without a request, and is good for one login in the next 15 minutes: always a new one.
  return {
    credentials: async ({ signal }) => ({ user, password: await signed(signer, user, signal) }),
  };
}

/** The signer itself cannot be aborted, and away from Lambda it may have to fetch AWS credentials first. */
async function signed(signer: Signer, user: string, signal: AbortSignal): Promise<string> {
  try {
    return await orAborted(signer.getAuthToken(), signal);
  } catch (error) {
    signal.throwIfAborted();
    const reason = printable(error instanceof Error ? `${error.name}: ${error.message}` : String(error), 300);
    throw new CredentialsError(`no IAM token could be signed for ${printable(user, 63)}: ${reason}`, {
      cause: error,
    });
  }
}
