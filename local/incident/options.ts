import { UsageError } from '../../cli/usage-error.ts';
import { RECLAIM_MODES, type ReclaimMode } from './outcome.ts';
import { givenOptions } from './program.ts';

/** What `npm start` was asked for. */
export interface ReplayOptions {
  readonly json: boolean;
  readonly reclaim: ReclaimMode;
  readonly help: boolean;
  /** Seconds from a run of the guard to the begin of the incident. */
  readonly phase: number;
}

/** What `--help` prints. */
export const USAGE = `Replays a connection exhaustion on a real PostgreSQL on this machine and lets the guard meet it. Takes 3 minutes.

Usage: npm start [-- <options>]

  --reclaim <mode>    what the guard may do about stale sessions: off, dry-run or terminate (default)
  --phase <seconds>   begin this long after a run of the guard, 0 to 59 (default 0); adds as much to the 3 minutes
  --without-reclaim   the same as --reclaim off: shows the outage
  --json              prints one JSON document and nothing else on standard output; npm itself
                      prints two lines there before, which npm --silent start -- --json leaves out
  --help              prints this

Exit status: 0 when the replay went as it should, 1 when it did not, 2 for a mistake on the command line.
`;

/**
 * Reads the command line.
 *
 * @throws {UsageError}
 */
export function parseOptions(args: readonly string[]): ReplayOptions {
  const values = givenOptions(args, {
    json: { type: 'boolean' },
    reclaim: { type: 'string' },
    phase: { type: 'string' },
    'without-reclaim': { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  });
  const without = values['without-reclaim'] === true;
  if (without && values.reclaim !== undefined) {
    throw new UsageError('--without-reclaim and --reclaim contradict each other; give one of them');
  }
  const reclaim = without ? 'off' : (values.reclaim ?? 'terminate');
  const mode = RECLAIM_MODES.find((known) => known === reclaim);
  if (!mode) {
    throw new UsageError(`--reclaim is ${RECLAIM_MODES.join(', ')}; found ${JSON.stringify(reclaim)}`);
  }
  const phase = /^[1-5]?\d$/.test(values.phase ?? '0') ? Number(values.phase ?? '0') : null;
  if (phase === null) {
    throw new UsageError(
      `--phase is a whole number of seconds from 0 to 59; found ${JSON.stringify(values.phase)}`,
    );
  }
  return { json: values.json === true, reclaim: mode, help: values.help === true, phase };
}
