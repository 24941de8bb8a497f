import { parseArgs } from 'node:util';
import { UsageError } from '../../cli/usage-error.ts';
import type { Scenario } from './application/scenario.ts';
import { SCENARIOS } from './application/scenarios.ts';
import { POLICIES, type Policy } from './policies.ts';

/** What `npm run bench:incident` was asked for. */
export interface BenchOptions {
  readonly help: boolean;
  readonly scenarios: readonly Scenario[];
  readonly policies: readonly Policy[];
}

const list = (entries: readonly { readonly name: string; readonly title: string }[]) =>
  entries.map(({ name, title }) => `    ${name.padEnd(12)}${title}`).join('\n');

/** What `--help` prints. */
export const USAGE = `Compares ways to deal with a PostgreSQL that runs out of slots, in real time on real servers.

Usage: npm run bench:incident [-- <options>]

  --scenario <name>   play only this one; may be given again
${list(SCENARIOS)}
  --policy <name>     compare only this one; may be given again
${list(POLICIES)}
  --help              prints this

The policies of a scenario are played side by side, each on a server of its own; scenario follows scenario.
`;

/**
 * Reads the command line.
 *
 * @throws {UsageError}
 */
export function parseBenchOptions(args: readonly string[]): BenchOptions {
  const values = parse(args);
  return {
    help: values.help === true,
    scenarios: pick('--scenario', values.scenario, SCENARIOS),
    policies: pick('--policy', values.policy, POLICIES),
  };
}

function pick<Entry extends { readonly name: string }>(
  option: string,
  names: readonly string[] | undefined,
  entries: readonly Entry[],
): readonly Entry[] {
  if (names === undefined) return entries;
  const known = entries.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new UsageError(`${option} is one of ${known.join(', ')}; found ${JSON.stringify(unknown)}`);
  }
  return entries.filter(({ name }) => names.includes(name));
}

function parse(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        scenario: { type: 'string', multiple: true },
        policy: { type: 'string', multiple: true },
        help: { type: 'boolean', short: 'h' },
      },
    });
    return values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
