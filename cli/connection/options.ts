import { quoteShell } from '../../lambda/report/message/quoting.ts';
import { PROGRAM } from '../command.ts';
import { count, duration, flag, grouped, type OptionValues, text } from '../options.ts';
import { CONFIG_FILE } from './guard-config.ts';
import { parseUrl } from './url.ts';

/** Seconds that one sample may take unless something says otherwise: monitoring plug-ins are given ten in all. */
export const TIMEOUT = 8;

/** The options by which every command is told where to connect. */
export const connectionOptions = grouped('Where to connect', {
  host: text('-h, --host <host>', 'host name, address, or directory of a Unix socket (PGHOST)'),
  port: count('-p, --port <port>', 'its port (PGPORT, default 5432)', 1, 65_535),
  user: text(
    '-U, --user <role>',
    'the role to log in as (PGUSER); beside a name of the configuration: by a password, not by AWS',
  ),
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

/** Quoted only where a shell would read it otherwise. */
const word = (text: string) => (/^[\w./:@%+-]+$/.test(text) ? text : quoteShell(text));

/** What to type for terminate on the same server. */
export function terminateHere(values: ConnectionValues, name: string | null): string {
  return [PROGRAM, 'terminate', ...typedTarget(values, name)].join(' ');
}

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
