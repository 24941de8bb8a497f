import { UsageError } from '../usage-error.ts';
import type { Layer } from './settings.ts';

const URL_FORM = 'postgres://user@host:5432/database';

const SHAPE =
  /^(?:postgres|postgresql|postgis)(?:\+\w+)?:\/\/(?:(?<userinfo>[^/?]*)@)?(?<hostport>[^/?]*)(?:\/(?<path>[^?]*))?(?:\?(?<query>.*))?$/s;

/** Parameters that would change how we log in and that we do not have. */
const NOT_SUPPORTED = ['sslcrl', 'sslpassword', 'hostaddr', 'service', 'channel_binding'];

/**
 * Reads a connection URL. Schemes that frameworks write (`postgresql+psycopg2`, `postgis`) are taken too, and
 * parameters that do not bear on logging in (`application_name`, `pool_size`, `schema`) are left alone.
 *
 * @throws {UsageError} which never repeats the URL: it may hold a password.
 */
export function parseUrl(url: string): Layer {
  const parts = SHAPE.exec(url)?.groups;
  if (parts === undefined) throw new UsageError(`--url takes the form ${URL_FORM}`);
  const [user, password] = splitAt(parts['userinfo'] ?? '', ':');
  const { host, port } = hostAndPort(parts['hostport'] ?? '');
  const parameters = new URLSearchParams(parts['query'] ?? '');
  for (const name of NOT_SUPPORTED) {
    if (parameters.has(name)) throw new UsageError(`the parameter ${name} of --url is not supported`);
  }
  const layer = {
    host: parameters.get('host') ?? decode(host),
    port: parameters.get('port') ?? port,
    dbname: parameters.get('dbname') ?? decode(parts['path'] ?? ''),
    user: parameters.get('user') ?? decode(user),
    password: parameters.get('password') ?? decode(password ?? ''),
    sslmode: sslModeOf(parameters),
    sslrootcert: parameters.get('sslrootcert') ?? '',
    sslcert: parameters.get('sslcert') ?? '',
    sslkey: parameters.get('sslkey') ?? '',
    connect_timeout: parameters.get('connect_timeout') ?? '',
    passfile: parameters.get('passfile') ?? '',
  };
  return Object.fromEntries(Object.entries(layer).filter(([, value]) => value !== ''));
}

/** True when the URL itself holds a password, which everybody on the machine can then read in the process list. */
export function holdsPassword(url: string): boolean {
  return parseUrl(url).password !== undefined;
}

/** `sslmode`, or the `ssl=true` of JDBC and node-postgres. */
function sslModeOf(parameters: URLSearchParams): string {
  const mode = parameters.get('sslmode');
  if (mode !== null) return mode;
  const ssl = parameters.get('ssl');
  if (ssl === null || ssl === 'true' || ssl === '1' || ssl === 'require') return '';
  if (ssl === 'false' || ssl === '0') return 'disable';
  throw new UsageError('the parameter ssl of --url takes true or false; sslmode says more');
}

function hostAndPort(text: string): { readonly host: string; readonly port: string } {
  const address = /^\[(?<host>[^\]]*)\](?::(?<port>.*))?$/.exec(text)?.groups;
  if (address !== undefined) return { host: address['host'] ?? '', port: address['port'] ?? '' };
  if (text.includes(',')) return { host: text, port: '' };
  const [host, port] = splitAt(text, ':');
  return { host, port: port ?? '' };
}

function splitAt(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new UsageError('--url has a % that begins no escape: write a percent sign as %25');
  }
}
