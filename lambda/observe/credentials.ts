import { Signer } from '@aws-sdk/rds-signer';
import { type Database, secretIdOf } from '../config/database.ts';
import { rdsEndpoint } from '../config/rds-endpoint.ts';
import { CredentialsError, type CredentialsProvider } from '../model/session.ts';
import { orAborted } from '../shared/abort.ts';
import { printable } from '../shared/printable.ts';
import type { SecretReader } from './secret-cache.ts';

/** What the providers of all databases share. */
export interface CredentialsParts {
  /** The region that IAM tokens are signed for: the database's. */
  readonly region: string;
  readonly readSecret: SecretReader;
  /**
   * The stack, or the person at the terminal, says which secret is for which host. Otherwise the secret itself has to
   * name the host, or whoever may invoke the function could have it sent to a host of their own.
   */
  readonly pinned: boolean;
}

/** The credentials that a database's `login` asks for. */
export function createCredentialsProvider(
  { login, host, port }: Pick<Database, 'login' | 'host' | 'port'>,
  { region, readSecret, pinned }: CredentialsParts,
): CredentialsProvider {
  if (!('iam' in login)) {
    const secretId = secretIdOf(login);
    return {
      credentials: async (options) => {
        const { credentials, host: named } = await readSecret(secretId, options);
        if (!pinned && !isFor(named, host)) throw foreignHost(secretId, named);
        return credentials;
      },
    };
  }
  const { user } = login.iam;
  const signer = new Signer({ hostname: host, port, username: user, region });
  // A token is signed here, without a request, and is good for one login in the next 15 minutes: always a new one.
  return {
    credentials: async ({ signal }) => ({ user, password: await signed(signer, user, signal) }),
  };
}

/** Does a secret for the host `named` go to `host`? That of an Aurora cluster goes to the cluster's instances. */
function isFor(named: string | null, host: string): boolean {
  if (named === null) return false;
  if (named.toLowerCase() === host.toLowerCase()) return true;
  const [cluster, instance] = [rdsEndpoint(named), rdsEndpoint(host)];
  if (cluster === null || instance?.kind !== '') return false;
  return ['cluster-', 'cluster-ro-'].includes(cluster.kind) && cluster.domain === instance.domain;
}

function foreignHost(secretId: string, named: string | null): CredentialsError {
  const says = named === null ? 'names no host' : `is for ${printable(named, 100)}`;
  return new CredentialsError(
    `the secret ${secretId} ${says}: it goes to another host only in an event that a schedule of the stack sends`,
  );
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
