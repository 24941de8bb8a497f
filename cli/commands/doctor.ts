import type { Observer } from '../../lambda/model/observation.ts';
import { printable } from '../../lambda/shared/printable.ts';
import { defineCommand } from '../command.ts';
import { type Connection, connectionFor, connectionOptions } from '../connection/connect.ts';
import type { Context } from '../context.ts';
import { gatherFacts } from '../doctor/facts.ts';
import { type Finding, problem } from '../doctor/finding.ts';
import { guardFindings, seatRemedy } from '../doctor/guard-findings.ts';
import { serverFindings } from '../doctor/server-findings.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { withObserver } from '../look.ts';
import { flag } from '../options.ts';
import { renderFindings } from '../view/doctor.ts';
import { failureWords, refusalWords } from '../view/words.ts';

/** Can the guard work here, and is this server set up to survive? */
export const doctorCommand = defineCommand({
  name: 'doctor',
  summary: 'Can the guard work here, and would this server survive a leak? Each finding with its remedy',
  description:
    'Looks at the login and TLS, what the role may see and end, whether it has a seat when the server is full, the ' +
    'reservations, timeouts and keepalives, limits of roles, and poolers in between. Each finding comes with the exact ' +
    'statement or command that mends it. Changes nothing.',
  options: { json: flag('--json', 'a JSON list of the findings'), ...connectionOptions },
  examples: [
    ['rds-connection-guard doctor orders', 'the database named orders in guard.config.ts'],
    ['rds-connection-guard doctor orders --json', 'for a script'],
  ],
  exitCodes: [
    [EXIT.ok, 'all is fine'],
    [EXIT.warning, 'some things could be better'],
    [EXIT.critical, 'the guard cannot work here, or the server is full and kept no seat for it'],
    [EXIT.unknown, 'could not look'],
  ],
  run: async (values, name, context) => {
    const connection = await connectionFor(values, name, () => ({}), context);
    const findings = await withObserver(connection, context, (observer) =>
      examine(observer, connection, context),
    );
    if (typeof findings === 'number') return findings;
    if (values.json) context.out(JSON.stringify(findings, null, 2));
    else context.out(renderFindings(findings, context.screen).join('\n'));
    if (findings.some(({ weight }) => weight === 'problem')) return EXIT.critical;
    return findings.some(({ weight }) => weight === 'advice') ? EXIT.warning : EXIT.ok;
  },
});

async function examine(
  observer: Observer,
  { database, user }: Connection,
  context: Context,
): Promise<readonly Finding[] | ExitCode> {
  const { clock, signal } = context;
  const began = clock.now();
  const observation = await observer.sample(signal);
  signal.throwIfAborted();
  if (observation.kind === 'refused') {
    const { what } = refusalWords(observation);
    const remedy = seatRemedy(observation.limit, user);
    return [problem('seat', `the server refuses logins, ours too: ${what}`, remedy)];
  }
  if (observation.kind === 'failed' || observer.session === null) {
    const { what, hint } =
      observation.kind === 'failed'
        ? failureWords(observation)
        : { what: 'the session was lost right after the look', hint: 'look again' };
    context.err(`${printable(database.name, 100)}: ${what}\nnow: ${hint}`);
    return EXIT.unknown;
  }
  const facts = await gatherFacts(observer.session, observation, () => (clock.now() - began) / 1000);
  return [...guardFindings(facts), ...serverFindings(facts)];
}
