import type { Observer } from '../../lambda/model/observer.ts';
import { printable } from '../../lambda/shared/printable.ts';
import { defineCommand, PROGRAM } from '../command.ts';
import { connectionFor } from '../connection/connect.ts';
import type { Connection } from '../connection/connection.ts';
import { connectionOptions } from '../connection/options.ts';
import type { Context } from '../context.ts';
import { budgetFindings } from '../doctor/budget-findings.ts';
import { gatherFacts } from '../doctor/facts.ts';
import { type Finding, problem } from '../doctor/finding.ts';
import { guardFindings, refusalRemedy } from '../doctor/guard-findings.ts';
import { type Peaks, readPeaks } from '../doctor/peaks.ts';
import { scoreFindings } from '../doctor/score-findings.ts';
import { serverFindings } from '../doctor/server-findings.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { flag, text } from '../options.ts';
import { sampleWith, withObserver } from '../take-sample.ts';
import { renderFindings } from '../view/doctor.ts';
import { failureWords, refusalWords } from '../view/words.ts';

/** Can the guard work here, and is this server set up to survive? */
export const doctorCommand = defineCommand({
  name: 'doctor',
  summary: 'Can the guard work here, and would this server survive a leak? Each finding with its remedy',
  description:
    'Examines the login and TLS, what the role may see and end, whether it gets in when the server is full, the ' +
    'reservations, timeouts and keepalives, limits of roles, budgets, and poolers in between. Each finding comes with the ' +
    'exact statement or command that mends it. Changes nothing.',
  options: {
    json: flag('--json', 'a JSON list of the findings'),
    metricsFile: text(
      '--metrics-file <file>',
      'written by watch: advises limits of roles from the peaks in it',
    ),
    ...connectionOptions,
  },
  examples: [
    [`${PROGRAM} doctor orders`, 'orders of guard.config.ts, or of ~/.pg_service.conf'],
    [`${PROGRAM} doctor orders --metrics-file metrics.jsonl`, 'with CONNECTION LIMITs from what was watched'],
  ],
  exitCodes: [
    [EXIT.ok, 'all is fine'],
    [EXIT.warning, 'some things could be better'],
    [EXIT.critical, 'the guard cannot work here, or the server is full and kept no slot for it'],
    [EXIT.unknown, 'no sample, so nothing is known'],
  ],
  run: async (values, name, context) => {
    const connection = await connectionFor(values, name, () => ({}), context);
    const { metricsFile } = values;
    const peaks = metricsFile === undefined ? null : await readPeaks(metricsFile, connection.database);
    if (metricsFile !== undefined && peaks === null) {
      context.err(`note: ${metricsFile} has no sample of this host and port`);
    }
    const findings = await withObserver(connection, context, (observer) =>
      examine(observer, connection, peaks, context),
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
  connection: Connection,
  peaks: Peaks | null,
  context: Context,
): Promise<readonly Finding[] | ExitCode> {
  const { clock } = context;
  const { database, user } = connection;
  const began = clock.now();
  const observation = await sampleWith(observer, connection, context);
  if (observation.kind === 'refused') {
    const { what } = refusalWords(observation);
    return [problem('reserved-slot', what, refusalRemedy(observation.limit, user))];
  }
  if (observation.kind === 'failed' || observer.session === null) {
    const { what, hint } =
      observation.kind === 'failed'
        ? failureWords(observation, connection)
        : { what: 'the session was lost right after the sample', hint: 'try again' };
    context.err(`${printable(database.name, 100)}: ${what}\nnow: ${hint}`);
    return EXIT.unknown;
  }
  const openFor = () => (clock.now() - began) / 1000;
  const facts = await gatherFacts(observer.session, observation, database, peaks, openFor);
  return [
    ...guardFindings(facts),
    ...serverFindings(facts),
    ...budgetFindings(facts),
    ...scoreFindings(database),
  ];
}
