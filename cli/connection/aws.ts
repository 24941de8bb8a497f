import type { Database } from '../../lambda/config/database.ts';
import { rdsEndpoint } from '../../lambda/config/rds-endpoint.ts';
import type { CredentialsProvider } from '../../lambda/model/session.ts';
import type { Context } from '../context.ts';
import { UsageError } from '../usage-error.ts';

/**
 * Logs in as the function does: with an IAM token, or with a secret. The AWS SDK is loaded only here, for it takes
 * longer to load than a sample takes.
 *
 * @throws {UsageError} when nothing says the AWS region.
 */
export async function awsCredentials(
  database: Database,
  { env, clock }: Context,
): Promise<CredentialsProvider> {
  const region = regionOf(database) ?? (env['AWS_REGION'] || env['AWS_DEFAULT_REGION']);
  if (!region) {
    throw new UsageError(`in which AWS region is ${database.host}? Set AWS_REGION`);
  }
  const [{ createCredentialsProvider }, { createSecretReader }, { SecretsManagerClient }] = await Promise.all(
    [
      import('../../lambda/observe/credentials.ts'),
      import('../../lambda/observe/secret-cache.ts'),
      import('@aws-sdk/client-secrets-manager'),
    ],
  );
  const client = new SecretsManagerClient({
    region,
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 1000, requestTimeout: 3000, throwOnRequestTimeout: true },
  });
  return createCredentialsProvider(database, {
    region,
    readSecret: createSecretReader(client, clock),
    pinned: true,
  });
}

/** The region that the secret's ARN or the endpoint names; null for a name of one's own. */
function regionOf({ login, host }: Database): string | null {
  if ('secretArn' in login) return login.secretArn.split(':')[3] ?? null;
  return rdsEndpoint(host)?.region ?? null;
}
