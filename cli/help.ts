import type { Command } from './command.ts';
import { table } from './terminal/table.ts';

/** The name that the package installs. */
export const PROGRAM = 'rds-connection-guard';

/** What `--help` alone prints. */
export function generalHelp(commands: readonly Command[]): string {
  return [
    `${PROGRAM} <command> [name] [options]`,
    '',
    'Who holds the connection slots of a PostgreSQL server, and how to get some back. Needs no AWS.',
    '',
    ...indented(commands.map(({ name, summary }) => [name, summary])),
    '',
    'Where to connect: a name of guard.config.ts, --url, PGSERVICE, or PGHOST, PGPORT, PGUSER, PGPASSWORD,',
    'PGDATABASE, PGSSLMODE, PGSSLROOTCERT, PGPASSFILE, PGCONNECT_TIMEOUT as libpq has them. The password may stand in',
    '~/.pgpass; at a terminal it is asked for. TLS is verified, certificate and host name, unless sslmode=disable says',
    'so by name: every other sslmode means verify-full here.',
    '',
    'Exit codes: 0 ok, 1 warning, 2 critical or full, 3 could not look. NO_COLOR is respected.',
    '',
    `${PROGRAM} <command> --help says more of each.`,
  ].join('\n');
}

/** What `--help` after a command prints. */
export function commandHelp(command: Command): string {
  const options = Object.entries(command.options).map(([name, { placeholder, help }]) => [
    placeholder === null ? `--${name}` : `--${name} <${placeholder}>`,
    help,
  ]);
  return [
    `${PROGRAM} ${command.name} [name] [options]`,
    '',
    ...command.description,
    '',
    'Options',
    ...indented([...options, ['--help', 'this text']]),
    '',
    'Examples',
    ...command.examples.flatMap(([line, meaning]) => [`  # ${meaning}`, `  ${line}`]),
    '',
    'Exit codes',
    ...indented(command.exitCodes.map(([code, meaning]) => [String(code), meaning])),
  ].join('\n');
}

function indented(rows: readonly (readonly string[])[]): string[] {
  // A table without its title and rule.
  const lines = table([{ title: '' }, { title: '' }], rows);
  return lines.slice(2).map((line) => `  ${line}`);
}
