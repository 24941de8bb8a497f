import { type Database, databaseSchema } from '../../lambda/config/database.ts';
import { parse } from '../../lambda/config/validation.ts';
import type { Context } from '../context.ts';
import { UsageError } from '../usage-error.ts';
import { awsCredentials } from './aws.ts';
import type { Connection, Override } from './connection.ts';
import { environmentLayer } from './environment.ts';
import { CONFIG_FILE } from './guard-config.ts';
import { localSocketDirectory } from './local-socket.ts';
import { type ConnectionValues, TIMEOUT } from './options.ts';
import { passwordFor } from './password.ts';
import { mustBeReadable } from './readable-file.ts';
import { readServices, serviceNamed } from './service-file.ts';
import { type ConnectionSettings, type Layer, mergeLayers } from './settings.ts';
import { holdsPassword, parseUrl } from './url.ts';

/**
 * The connection that options, a service and the environment describe.
 *
 * @param named the service that the command names; null: the one of PGSERVICE, if any.
 * @throws {UsageError | ConfigurationError}
 */
export async function givenConnection(
  values: ConnectionValues,
  named: string | null,
  override: Override,
  context: Context,
): Promise<Connection> {
  const settings = await settingsFor(values, named, context);
  const { user, host, clientCertificate } = settings;
  for (const [what, file] of Object.entries(clientCertificate ?? {})) await mustBeReadable(file, what);
  const checked = databaseOf(named ?? settings.host, settings, values, override);
  const tls = { ...checked.tls, ...(clientCertificate && { clientCertificate }) };
  const database = { ...checked, host, tls };
  if (values.iam) {
    const credentials = await awsCredentials(checked, context);
    return { database, credentials, user, byPassword: false, hasSecret: true };
  }
  const password = settings.password ?? (await passwordFor(settings, context));
  return {
    database,
    credentials: { credentials: async () => ({ user, password }) },
    user,
    byPassword: true,
    hasSecret: password !== '' || clientCertificate !== null,
  };
}

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

/** The schema knows neither a Unix socket's directory as host, nor a role that needs no secret. */
function databaseOf(
  name: string,
  { host, port, database, user, tls, timeout, caFile }: ConnectionSettings,
  values: ConnectionValues,
  override: Override,
): Database {
  const trusted = values.caFile ?? caFile;
  const written = {
    name: nameOf(name),
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

/** A service or a host in the form that names of databases have; a Unix socket is this machine. */
function nameOf(written: string): string {
  if (written.startsWith('/')) return 'localhost';
  const name = written.replace(/[^A-Za-z0-9._-]/g, '-').replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, '');
  return name.slice(0, 100) || 'server';
}
