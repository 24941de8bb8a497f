import { access, constants } from 'node:fs/promises';
import { type Database, type DatabaseInput, databaseSchema } from '../../lambda/config/database.ts';
import { parse } from '../../lambda/config/validation.ts';
import type { CredentialsProvider } from '../../lambda/model/session.ts';
import type { Target } from '../../lambda/observe/connection.ts';
import { quoteShell } from '../../lambda/report/message/pasteable-commands.ts';
import type { Context } from '../context.ts';
import { count, duration, flag, grouped, type OptionValues, text } from '../options.ts';
import { UsageError } from '../usage-error.ts';
import { awsCredentials } from './aws.ts';
import { environmentLayer } from './environment.ts';
import { CONFIG_FILE, configuredDatabases, inputOf } from './guard-config.ts';
import { localSocketDirectory } from './local-socket.ts';
import { lookUpPassword } from './password-file.ts';
import { readServices, serviceNamed } from './service-file.ts';
import { type ConnectionSettings, type Layer, mergeLayers } from './settings.ts';
import { holdsPassword, parseUrl } from './url.ts';

/** Seconds that one sample may take unless something says otherwise: monitoring plug-ins are given ten in all. */
const TIMEOUT = 8;

/** The options by which every command is told where to connect. */
export const connectionOptions = grouped('Where to connect', {
  host: text('-h, --host <host>', 'host name, address, or directory of a Unix socket (PGHOST)'),
  port: count('-p, --port <port>', 'its port (PGPORT, default 5432)', 1, 65_535),
  user: text('-U, --user <role>', 'the role to log in as (PGUSER)'),
  dbname: text(
    '-d, --dbname <name>',
    'the database to log in to (PGDATABASE, default postgres); all are seen',
  ),
  url: text(
    '--url <url>',
    'postgres://user@host:5432/database?sslmode=disable, parameters as libpq has them',
  ),
  iam: flag('--iam', 'log in to RDS with an IAM token of the AWS credentials in your environment'),
  caFile: text(
    '--ca-file <file>',
    'PEM certificates to trust (PGSSLROOTCERT); for RDS its global-bundle.pem',
  ),
  config: text('--config <file>', `the configuration that names are looked up in (default ${CONFIG_FILE})`),
  timeout: duration(
    '--timeout <duration>',
    `how long one sample may take (PGCONNECT_TIMEOUT, default ${TIMEOUT}s)`,
    {
      minimum: 1,
      maximum: 45,
    },
  ),
});

/** What {@link connectionOptions} reads. */
export type ConnectionValues = OptionValues<typeof connectionOptions>;

/** A database to sample, by which policy, and how to log in. */
export interface Connection {
  /**
   * As the function would have it, but for a Unix socket and a client certificate, which it does not know. `login` stands for
   * nothing unless the database is one of the configuration file: `credentials` is what logs in.
   */
  readonly database: Database & Pick<Target, 'tls'>;
  readonly credentials: CredentialsProvider;
  /** The role that we log in as, where it is known beforehand. */
  readonly user: string | null;
  /** Is there a password, token or certificate to log in with? */
  readonly hasSecret: boolean;
}

/**
 * What the options of a command put in place of what the configuration says, in the configuration's own form; the
 * schema checks the whole.
 */
export type Override = (
  written: Pick<DatabaseInput, 'thresholds' | 'reclaim'>,
) => Readonly<Record<string, unknown>>;

/**
 * Finds out where to connect: to the database of the configuration file or the service that was named, or where the
 * options, PGSERVICE and libpq's environment variables say.
 *
 * @throws {UsageError | ConfigurationError}
 */
export async function connectionFor(
  values: ConnectionValues,
  name: string | null,
  override: Override,
  context: Context,
): Promise<Connection> {
  if (values.caFile !== undefined) await mustBeReadable(values.caFile, '--ca-file');
  if (name === null) {
    if (values.config !== undefined) throw new UsageError('--config needs the name of one of its databases');
    return await connectionTo(await settingsFor(values, null, context), values, override, context);
  }
  const databases = await configuredDatabases(values.config ?? null, context.cwd);
  const configured = databases.find(({ input }) => input.name === name);
  if (configured !== undefined) {
    const given = (['host', 'port', 'user', 'dbname', 'url'] as const).find(
      (key) => values[key] !== undefined,
    );
    if (given !== undefined) throw new UsageError(`name either ${name} or --${given}, not both`);
    return await configuredConnection(inputOf(configured), values, override, context);
  }
  if (values.config !== undefined || databases.length > 0) {
    const { layers } = await readServices(context.env, context.home);
    if (values.config !== undefined || !layers.has(name)) {
      const names = databases.map(({ input }) => input.name).join(', ');
      throw new UsageError(`${values.config ?? CONFIG_FILE} has no database ${name}; it has ${names}`);
    }
  }
  return await connectionTo(await settingsFor(values, name, context), values, override, context);
}

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

/** @param named the service that the command names; null: the one of PGSERVICE, if any. */
async function settingsFor(
  { url, host, port, user, dbname }: ConnectionValues,
  named: string | null,
  context: Context,
): Promise<ConnectionSettings> {
  const { env, home } = context;
  const options = { host, port: port?.toString(), user, dbname };
  const layers: Layer[] = [
    Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)),
  ];
  if (url !== undefined) {
    layers.push(parseUrl(url));
    if (holdsPassword(url)) {
      context.err(
        'note: a password in --url shows in the process list; PGPASSWORD, ~/.pgpass and a service do not',
      );
    }
  }
  const service = named ?? (env['PGSERVICE'] || null);
  if (service !== null) layers.push(serviceNamed(service, await readServices(env, home)));
  layers.push(environmentLayer(env));
  const socket = await localSocketDirectory(layers.find((layer) => layer.port)?.port ?? '5432');
  if (socket === null && service === null && url === undefined && !layers.some((layer) => layer.host)) {
    throw new UsageError(
      `which server? Name one of ${CONFIG_FILE} or of ~/.pg_service.conf, or give -h, --url, PGHOST or PGSERVICE (no Unix socket of a local server was found)`,
    );
  }
  return mergeLayers(layers, { user: context.user, host: socket ?? 'localhost' });
}

async function connectionTo(
  settings: ConnectionSettings,
  values: ConnectionValues,
  override: Override,
  context: Context,
): Promise<Connection> {
  const { user, host, clientCertificate } = settings;
  for (const [what, file] of Object.entries(clientCertificate ?? {})) await mustBeReadable(file, what);
  const checked = databaseOf(settings, values, override);
  const tls = { ...checked.tls, ...(clientCertificate && { clientCertificate }) };
  const database = { ...checked, host, tls };
  if (values.iam)
    return { database, credentials: await awsCredentials(checked, context), user, hasSecret: true };
  const password = settings.password ?? (await otherPassword(settings, context));
  return {
    database,
    credentials: { credentials: async () => ({ user, password }) },
    user,
    hasSecret: password !== '' || clientCertificate !== null,
  };
}

/** The schema knows neither a Unix socket's directory as host, nor a role that needs no secret. */
function databaseOf(
  { host, port, database, user, tls, timeout, caFile }: ConnectionSettings,
  values: ConnectionValues,
  override: Override,
): Database {
  const trusted = values.caFile ?? caFile;
  const written = {
    name: nameOf(host),
    host: host.startsWith('/') ? 'localhost' : host,
    port,
    database,
    login: { iam: { user } },
    tls: { mode: tls, ...(trusted !== null && { caFile: trusted }) },
    checkTimeout: values.timeout ?? timeout ?? TIMEOUT,
    ...override({}),
  };
  return parse(databaseSchema, written, 'the command line');
}

/** A host in the form that names of databases have; a Unix socket is this machine. */
function nameOf(host: string): string {
  if (host.startsWith('/')) return 'localhost';
  const name = host.replace(/[^A-Za-z0-9._-]/g, '-').replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, '');
  return name.slice(0, 100) || 'server';
}

/** From the password file, or from a person; empty where a Unix socket or a certificate needs none. */
async function otherPassword(settings: ConnectionSettings, context: Context): Promise<string> {
  const { password, ignored } = await lookUpPassword(settings, context.home);
  if (ignored !== null) context.err(`note: ${ignored}`);
  if (password !== null) return password;
  const needsNone = settings.host.startsWith('/') || settings.clientCertificate !== null;
  if (needsNone || context.ask === null) return '';
  return await context.ask(`Password for ${settings.user}: `, { secret: true, signal: context.signal });
}

async function mustBeReadable(file: string, what: string): Promise<void> {
  try {
    await access(file, constants.R_OK);
  } catch (cause) {
    throw new UsageError(`${what} ${file} cannot be read`, { cause });
  }
}

/** Quoted only where a shell would read it otherwise. */
const word = (text: string) => (/^[\w./:@%+-]+$/.test(text) ? text : quoteShell(text));

/** What was typed to name the server, fit to be typed again after another command; a URL comes without its password. */
export function typedTarget(values: ConnectionValues, name: string | null): readonly string[] {
  const { url, iam, caFile, config } = values;
  const layer = url === undefined ? {} : parseUrl(url);
  const options = {
    '-h': values.host ?? layer.host,
    '-p': values.port?.toString() ?? layer.port,
    '-U': values.user ?? layer.user,
    '-d': values.dbname ?? layer.dbname,
    '--ca-file': caFile ?? layer.sslrootcert,
    '--config': config,
  };
  return [
    ...(name === null ? [] : [word(name)]),
    ...Object.entries(options).flatMap(([option, value]) =>
      value === undefined ? [] : [option, word(value)],
    ),
    ...(iam ? ['--iam'] : []),
  ];
}

/** `db.example:5432/postgres`. */
export function endpointOf({ host, port, database }: Pick<Database, 'host' | 'port' | 'database'>): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}/${database}`;
}
