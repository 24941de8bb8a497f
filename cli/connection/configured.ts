import { type DatabaseInput, databaseSchema } from '../../lambda/config/database.ts';
import { parse } from '../../lambda/config/validation.ts';
import type { Context } from '../context.ts';
import { awsCredentials } from './aws.ts';
import type { Connection, Override } from './connection.ts';
import { type ConnectionValues, TIMEOUT } from './options.ts';

/**
 * The connection to a database of the configuration file.
 *
 * @throws {ConfigurationError}
 */
export async function configuredConnection(
  input: DatabaseInput,
  { caFile, timeout }: Pick<ConnectionValues, 'caFile' | 'timeout'>,
  override: Override,
  context: Context,
): Promise<Connection> {
  const written = {
    ...input,
    checkTimeout: timeout ?? input.checkTimeout ?? TIMEOUT,
    ...(caFile !== undefined && { tls: { ...input.tls, caFile } }),
    ...override(input),
  };
  const database = parse(databaseSchema, written, `${input.name} with the options given`);
  return {
    database,
    credentials: await awsCredentials(database, context),
    user: 'iam' in database.login ? database.login.iam.user : null,
    hasSecret: true,
  };
}
