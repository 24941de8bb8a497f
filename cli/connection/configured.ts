import { type Database, type DatabaseInput, databaseSchema } from '../../lambda/config/database.ts';
import { parse } from '../../lambda/config/validation.ts';
import type { Context } from '../context.ts';
import { awsCredentials } from './aws.ts';
import type { Connection, Override } from './connection.ts';
import { environmentLayer } from './environment.ts';
import { type ConnectionValues, TIMEOUT } from './options.ts';
import { passwordFor } from './password.ts';

/**
 * The connection to a database of the configuration file: logged in as the function does, or by the password of the role that
 * is given.
 *
 * @throws {ConfigurationError | UsageError}
 */
export async function configuredConnection(
  input: DatabaseInput,
  { caFile, timeout, user, iam }: Pick<ConnectionValues, 'caFile' | 'timeout' | 'user' | 'iam'>,
  override: Override,
  context: Context,
): Promise<Connection> {
  const written = {
    ...input,
    ...(user !== undefined && { login: { iam: { user } } }),
    checkTimeout: timeout ?? input.checkTimeout ?? TIMEOUT,
    ...(caFile !== undefined && { tls: { ...input.tls, caFile } }),
    ...override(input),
  };
  const database = parse(databaseSchema, written, `${input.name} with the options given`);
  if (user !== undefined && !iam) return await byPassword(database, user, context);
  return {
    database,
    credentials: await awsCredentials(database, context),
    user: 'iam' in database.login ? database.login.iam.user : null,
    byPassword: false,
    hasSecret: true,
  };
}

async function byPassword(database: Database, user: string, context: Context): Promise<Connection> {
  const { password: given, passfile = null } = environmentLayer(context.env);
  const settings = { ...database, user, passfile, clientCertificate: null };
  const password = given ?? (await passwordFor(settings, context));
  return {
    database,
    credentials: { credentials: async () => ({ user, password }) },
    user,
    byPassword: true,
    hasSecret: password !== '',
  };
}
