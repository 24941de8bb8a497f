import { availableParallelism } from 'node:os';
import { UsageError } from '../../cli/usage-error.ts';
import { POLICIES, type Policy } from './policies.ts';
import { givenOptions } from './program.ts';
import { ROWS, type Row } from './rows.ts';
import { DEFAULT_SEED } from './stage.ts';

/** What `npm run bench:incident` was asked for. */
export interface BenchOptions {
  readonly help: boolean;
  readonly rows: readonly Row[];
  /** Null for those that each row shows. */
  readonly policies: readonly Policy[] | null;
  /** Null for those that the rows name. */
  readonly phases: readonly number[] | null;
  readonly seed: number;
  readonly atOnce: number;
}

const list = (entries: readonly { readonly name: string; readonly title: string }[]) =>
  entries.map(({ name, title }) => `    ${name.padEnd(24)}${title}`).join('\n');

/** A play of the incident needs half a core: more of them at once would hold up one another. */
const AT_ONCE = Math.max(1, Math.floor(1.5 * availableParallelism()));

/** What `--help` prints. */
export const USAGE = `Compares ways to deal with a PostgreSQL that runs out of slots, in real time on real servers.

Usage: npm run bench:incident [-- <options>]

  --row <name>        play only this one; may be given again
${list(ROWS)}
  --policy <name>     compare only this one, in every row that it can be played in; may be given again
${list(POLICIES)}
  --phase <seconds>   begin this long after a run of the function, 0 to 59; may be given again
  --seed <number>     another application of the same shape (default ${DEFAULT_SEED})
  --at-once <number>  plays that go on side by side, each on a server of its own (default ${AT_ONCE})
  --help              prints this

Prints a Markdown table on standard output, and each result as it comes on standard error. Without --policy, a row shows
what differs in it. A row that is begun several times a minute shows the play that went worst. Policy 0.1.0 is built from the repository's history.
`;

/**
 * Reads the command line.
 *
 * @throws {UsageError}
 */
export function parseBenchOptions(args: readonly string[]): BenchOptions {
  const values = givenOptions(args, {
    row: { type: 'string', multiple: true },
    policy: { type: 'string', multiple: true },
    phase: { type: 'string', multiple: true },
    seed: { type: 'string' },
    'at-once': { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  });
  const phases = values.phase?.map((text) => whole('--phase', text, 0, 59)) ?? null;
  return {
    help: values.help === true,
    rows: values.row === undefined ? ROWS : pick('--row', values.row, ROWS),
    policies: values.policy === undefined ? null : pick('--policy', values.policy, POLICIES),
    phases,
    seed: whole('--seed', values.seed ?? String(DEFAULT_SEED), 0, 1_000_000),
    atOnce: whole('--at-once', values['at-once'] ?? String(AT_ONCE), 1, 100),
  };
}

function pick<Entry extends { readonly name: string }>(
  option: string,
  names: readonly string[],
  entries: readonly Entry[],
): readonly Entry[] {
  const known = entries.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new UsageError(`${option} is one of ${known.join(', ')}; found ${JSON.stringify(unknown)}`);
  }
  return entries.filter(({ name }) => names.includes(name));
}

function whole(option: string, text: string, from: number, to: number): number {
  const value = /^\d{1,7}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= from && value <= to) return value;
  throw new UsageError(`${option} is a whole number from ${from} to ${to}; found ${JSON.stringify(text)}`);
}
