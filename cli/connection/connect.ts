import { access, constants } from 'node:fs/promises';
import { type Database, type DatabaseInput, databaseSchema } from '../../lambda/config/database.ts';
import { parse } from '../../lambda/config/validation.ts';
import type { CredentialsProvider } from '../../lambda/model/session.ts';
import type { Context } from '../context.ts';
import { flag, grouped, type OptionValues, text } from '../options.ts';
import { UsageError } from '../usage-error.ts';
import { awsCredentials } from './aws.ts';
import { environmentLayer } from './environment.ts';
import { loadDatabase } from './guard-config.ts';
import { lookUpPassword } from './password-file.ts';
import { serviceLayer } from './service-file.ts';
import { type ConnectionSettings, mergeLayers } from './settings.ts';
import { holdsPassword, parseUrl } from './url.ts';

/** The options by which every command is told where to connect. */
export const connectionOptions = grouped('Where to connect', {
  url: text(
    '--url <url>',
    'postgres://user@host:5432/database; parameters such as ?sslmode=disable as libpq has them',
  ),
  iam: flag('--iam', 'log in to RDS with an IAM token of the AWS credentials in your environment'),
  caFile: text(
    '--ca-file <file>',
    'PEM certificates to trust (PGSSLROOTCERT); for RDS its global-bundle.pem',
  ),
  config: text(
    '--config <file>',
    'the configuration that the name is looked up in (default guard.config.ts)',
  ),
});

/** What {@link connectionOptions} reads. */
export type ConnectionValues = OptionValues<typeof connectionOptions>;

/** A database to look at, by which policy, and how to log in. */
export interface Connection {
  /**
   * As the function would have it. `login` stands for nothing unless the database is one of the configuration file:
   * `credentials` is what logs in.
   */
  readonly database: Database;
  readonly credentials: CredentialsProvider;
  /** The role that we log in as, where it is known beforehand. */
  readonly user: string | null;
}

/**
 * What the options of a command put in place of what the configuration says, in the configuration's own form; the
 * schema checks the whole.
 */
export type Override = (
  written: Pick<DatabaseInput, 'thresholds' | 'reclaim'>,
) => Readonly<Record<string, unknown>>;

/**
 * Finds out where to connect: to the database of the configuration file that was named, or where `--url`, the service
 * and libpq's environment variables say.
 *
 * @throws {UsageError | ConfigurationError}
 */
export async function connectionFor(
  values: ConnectionValues,
  name: string | null,
  override: Override,
  context: Context,
): Promise<Connection> {
  const caFile = values.caFile;
  if (caFile !== undefined) await mustBeReadable(caFile);
  if (name !== null) {
    if (values.url !== undefined) throw new UsageError(`name either ${name} or --url, not both`);
    const input = await loadDatabase(name, values.config ?? 'guard.config.ts', context.cwd);
    const tls = caFile === undefined ? input.tls : { ...input.tls, caFile };
    const written = { ...input, ...(tls && { tls }), ...override(input) };
    const database = parse(databaseSchema, written, `${name} with the options given`);
    return {
      database,
      credentials: await awsCredentials(database, context),
      user: 'iam' in database.login ? database.login.iam.user : null,
    };
  }
  if (values.config !== undefined) throw new UsageError('--config needs the name of one of its databases');
  const settings = await settingsFor(values, context);
  const database = databaseOf(settings, caFile, override);
  const credentials = values.iam
    ? await awsCredentials(database, context)
    : await passwordCredentials(settings, context);
  return { database, credentials, user: settings.user };
}

async function settingsFor({ url }: ConnectionValues, context: Context): Promise<ConnectionSettings> {
  const { env, home, user } = context;
  const service = await serviceLayer(env, home);
  const environment = environmentLayer(env);
  if (url === undefined && service === null && environment.host === undefined) {
    throw new UsageError(
      'which server? Name one of guard.config.ts, or give --url postgres://user@host/database, PGHOST or PGSERVICE',
    );
  }
  if (url !== undefined && holdsPassword(url)) {
    context.err(
      'note: a password in --url shows in the process list; PGPASSWORD, ~/.pgpass and PGSERVICE do not',
    );
  }
  const settings = mergeLayers(
    [...(url === undefined ? [] : [parseUrl(url)]), ...(service ? [service] : []), environment],
    {
      user,
    },
  );
  if (settings.host.startsWith('/')) {
    throw new UsageError('Unix sockets are not supported: name the host (localhost) instead');
  }
  return settings;
}

function databaseOf(settings: ConnectionSettings, caFile: string | undefined, override: Override): Database {
  const { host, port, database, user, tls, timeout } = settings;
  const trusted = caFile ?? settings.caFile;
  const written = {
    name: nameOf(host),
    host,
    port,
    database,
    login: { iam: { user } },
    tls: { mode: tls, ...(trusted !== null && { caFile: trusted }) },
    ...(timeout !== null && { checkTimeout: timeout }),
    ...override({}),
  };
  return parse(databaseSchema, written, 'the command line');
}

/** A host in the form that names of databases have. */
function nameOf(host: string): string {
  const name = host.replace(/[^A-Za-z0-9._-]/g, '-').replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, '');
  return name.slice(0, 100) || 'server';
}

async function passwordCredentials(
  settings: ConnectionSettings,
  context: Context,
): Promise<CredentialsProvider> {
  const { user } = settings;
  const password = settings.password ?? (await otherPassword(settings, context));
  return { credentials: async () => ({ user, password }) };
}

async function otherPassword(settings: ConnectionSettings, context: Context): Promise<string> {
  const { password, ignored } = await lookUpPassword(settings, context.home);
  if (ignored !== null) context.err(`note: ${ignored}`);
  if (password !== null) return password;
  if (context.ask === null) return '';
  return await context.ask(`Password for ${settings.user}: `, { secret: true, signal: context.signal });
}

async function mustBeReadable(file: string): Promise<void> {
  try {
    await access(file, constants.R_OK);
  } catch (cause) {
    throw new UsageError(`--ca-file ${file} cannot be read`, { cause });
  }
}

/** `db.example:5432/postgres`. */
export function endpointOf({ host, port, database }: Pick<Database, 'host' | 'port' | 'database'>): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}/${database}`;
}
