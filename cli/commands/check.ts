import { readRows, type SessionRow } from '../../lambda/reclaim/list-sessions.ts';
import { defineCommand, PROGRAM } from '../command.ts';
import { configuredConnection } from '../connection/configured.ts';
import { connectionFor } from '../connection/connect.ts';
import type { Connection, Override } from '../connection/connection.ts';
import { CONFIG_FILE, configuredDatabases, inputOf } from '../connection/guard-config.ts';
import {
  type ConnectionValues,
  connectionOptions,
  terminateHere,
  typedTarget,
} from '../connection/options.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode, exitCodeFor, worstOf } from '../exit-code.ts';
import { type Judged, judge, judgedData } from '../judged.ts';
import { flag } from '../options.ts';
import { thresholdOptions, thresholdOverride } from '../policy-options.ts';
import { sampleWith, withObserver } from '../take-sample.ts';
import { UsageError } from '../usage-error.ts';
import { headline, renderCheck } from '../view/check.ts';
import { idleAges } from '../view/idle-ages.ts';

/** One sample of one database, or of all. */
export const checkCommand = defineCommand({
  name: 'check',
  summary: 'One sample: how many slots are left, and what holds them',
  description:
    'Takes one sample and says the level, the used slots of the usable ones with every reservation taken off, the ' +
    'likely cause and the first step, the sessions by state and idle age, the largest holders, and roles and databases ' +
    'with a CONNECTION LIMIT of their own. Works as a check plug-in of Nagios, Icinga and their like as it is: exit ' +
    'code, first line, performance data.',
  options: {
    all: flag('--all', `every database of the configuration, side by side, a line each`),
    json: flag('--json', 'one JSON document instead of the text'),
    ...thresholdOptions,
    ...connectionOptions,
  },
  examples: [
    [
      `${PROGRAM} check -h db.example -U connection_guard`,
      'the password comes from ~/.pgpass or is asked for',
    ],
    [`sudo -u postgres ${PROGRAM} check`, 'by the Unix socket of the server itself, also when it is full'],
    [`${PROGRAM} check orders`, 'orders of guard.config.ts, or of ~/.pg_service.conf'],
    [`${PROGRAM} check -h db.example --warning 100 --critical '20 left'`, 'other thresholds'],
    [
      `${PROGRAM} check --iam -h x.eu-west-1.rds.amazonaws.com --ca-file global-bundle.pem`,
      'RDS, without a password',
    ],
    [`${PROGRAM} check --all`, 'the whole fleet of guard.config.ts'],
  ],
  exitCodes: [
    [EXIT.ok, 'level ok'],
    [EXIT.warning, 'level warning'],
    [EXIT.critical, 'level critical or full'],
    [EXIT.unknown, 'no sample, or only of its own sessions'],
  ],
  run: async (values, name, context) => {
    const override = thresholdOverride(values);
    if (values.all) return await checkAll(values, name, values.json, override, context);
    const connection = await connectionFor(values, name, override, context);
    const { judged, rows } = await checkOne(connection, context);
    if (values.json) {
      context.out(JSON.stringify({ ...judgedData(judged), idleAges: idleAges(rows) }, null, 2));
    } else {
      context.out(renderCheck(judged, rows, terminateHere(values, name), context.screen).join('\n'));
    }
    return exitCodeFor(judged.level);
  },
});

/** A sample, judged, and the sessions one by one; none where there is no sample. */
async function checkOne(
  connection: Connection,
  context: Context,
): Promise<{ readonly judged: Judged; readonly rows: readonly SessionRow[] }> {
  return await withObserver(connection, context, async (observer) => {
    const judged = judge(connection, await sampleWith(observer, connection, context));
    const { session } = observer;
    const rows = judged.observation.kind === 'sample' && session !== null ? await readRows(session) : [];
    return { judged, rows };
  });
}

/** Every database of the configuration at once; one that cannot be reached costs the others nothing. */
async function checkAll(
  values: ConnectionValues,
  name: string | null,
  json: boolean,
  override: Override,
  context: Context,
): Promise<ExitCode> {
  if (name !== null || typedTarget({ ...values, config: undefined }, null).length > 0) {
    throw new UsageError('--all takes every database of the configuration: name none');
  }
  const databases = await configuredDatabases(values.config ?? null, context.cwd);
  if (databases.length === 0) throw new UsageError(`--all needs ${CONFIG_FILE} here, or --config`);
  const checked = await Promise.all(
    databases.map(async (entry) => {
      const connection = await configuredConnection(inputOf(entry), values, override, context);
      return await withObserver(connection, context, async (observer) =>
        judge(connection, await observer.sample(context.signal)),
      );
    }),
  );
  context.signal.throwIfAborted();
  if (json) context.out(JSON.stringify(checked.map(judgedData), null, 2));
  else context.out(checked.map((judged) => headline(judged, context.screen)).join('\n'));
  return worstOf(checked.map(({ level }) => exitCodeFor(level)));
}
