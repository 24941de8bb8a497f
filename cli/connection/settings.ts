import { UsageError } from '../usage-error.ts';

/** What one place (a URL, a service, the environment) says of a connection, by libpq's parameter names. */
export interface Layer {
  readonly host?: string;
  readonly port?: string;
  readonly dbname?: string;
  readonly user?: string;
  readonly password?: string;
  readonly sslmode?: string;
  readonly sslrootcert?: string;
  readonly sslcert?: string;
  readonly sslkey?: string;
  readonly connect_timeout?: string;
  readonly passfile?: string;
}

/** Where to connect and as which role, every place taken together. */
export interface ConnectionSettings {
  /** A host name, an address, or the directory of a Unix socket, which begins with a slash. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  /** Null when no place says one. */
  readonly password: string | null;
  readonly tls: TlsMode;
  /** A PEM file to trust instead of Node's own roots; null: those. */
  readonly caFile: string | null;
  /** PEM files of the certificate to log in with, and of its key; null: none. */
  readonly clientCertificate: { readonly certFile: string; readonly keyFile: string } | null;
  /** Seconds that one sample may take; null: the default. */
  readonly timeout: number | null;
  readonly passfile: string | null;
}

/** See {@link tlsModeOf}. */
export type TlsMode = 'verify-full' | 'disable';

/**
 * libpq's `sslmode` as this program follows it. `disable` is taken at its word. Everything else means `verify-full`:
 * libpq's `allow`, `prefer` (its default) and `require` accept any certificate or none, and `verify-ca` any host with
 * a certificate of that authority, and a password must not go to just any server that answers
 * (PostgreSQL documentation, "SSL Support", table 32.1).
 *
 * @throws {UsageError} for a word that libpq does not know either.
 */
export function tlsModeOf(sslmode: string | undefined): TlsMode {
  if (sslmode === undefined || sslmode === '') return 'verify-full';
  const known = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'];
  if (!known.includes(sslmode)) {
    throw new UsageError(`sslmode takes one of ${known.join(', ')}`);
  }
  return sslmode === 'disable' ? 'disable' : 'verify-full';
}

/**
 * Takes the places together, the first that says something holding (libpq's order: URL, service, environment).
 *
 * @param defaults the role to log in as when no place names one (the operating system's user), and the host.
 * @throws {UsageError} when they contradict themselves or are out of range.
 */
export function mergeLayers(
  layers: readonly Layer[],
  defaults: { readonly user: string; readonly host: string },
): ConnectionSettings {
  const of = (key: keyof Layer): string | undefined =>
    layers.map((layer) => layer[key]).find((value) => value !== undefined && value !== '');
  const host = of('host') ?? defaults.host;
  if (host.includes(',')) {
    throw new UsageError('name one host: each server has slots of its own, so each is sampled by itself');
  }
  const caFile = of('sslrootcert');
  const [certFile, keyFile] = [of('sslcert'), of('sslkey')];
  if ((certFile === undefined) !== (keyFile === undefined)) {
    throw new UsageError('a client certificate takes both sslcert and sslkey (PGSSLCERT and PGSSLKEY)');
  }
  return {
    host,
    port: wholeNumber(of('port') ?? '5432', 'the port', 1, 65_535),
    // libpq would take the user's name; nearly every server, RDS included, has the database postgres.
    database: of('dbname') ?? 'postgres',
    user: of('user') ?? defaults.user,
    password: of('password') ?? null,
    // A Unix socket has no TLS; nothing but the kernel is in between.
    tls: host.startsWith('/') ? 'disable' : tlsModeOf(of('sslmode')),
    clientCertificate: certFile === undefined || keyFile === undefined ? null : { certFile, keyFile },
    caFile: caFile === undefined || caFile === 'system' ? null : caFile,
    timeout: timeoutOf(of('connect_timeout')),
    passfile: of('passfile') ?? null,
  };
}

/** libpq's `connect_timeout`, bounded to what one sample may take; 0 is libpq's word for no limit. */
function timeoutOf(written: string | undefined): number | null {
  if (written === undefined) return null;
  const seconds = wholeNumber(written, 'connect_timeout', 0, 86_400);
  return seconds === 0 ? null : Math.min(45, seconds);
}

function wholeNumber(written: string, what: string, minimum: number, maximum: number): number {
  const value = /^\d{1,6}$/.test(written) ? Number(written) : Number.NaN;
  if (value >= minimum && value <= maximum) return value;
  throw new UsageError(`${what} is a whole number from ${minimum} to ${maximum}`);
}
