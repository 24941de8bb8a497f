import { defineCommand } from '../command.ts';
import { connectionFor, connectionOptions } from '../connection/connect.ts';
import { EXIT, exitCodeFor } from '../exit-code.ts';
import { withObserver } from '../look.ts';
import { flag } from '../options.ts';
import { pictureData, pictureOf } from '../picture.ts';
import { thresholdOptions, thresholdOverride } from '../policy-options.ts';
import { renderCheck } from '../view/check.ts';

/** One look at one database. */
export const checkCommand = defineCommand({
  name: 'check',
  summary: 'One look: how tight the slots are, and who holds them',
  description:
    'Looks once and says the level, the used slots of the usable ones with every reservation taken off, the sessions ' +
    'by state, the largest holders, and roles and databases with a CONNECTION LIMIT of their own. Works as a check ' +
    'plug-in of Nagios, Icinga and their like as it is: exit code, first line, performance data.',
  options: {
    json: flag('--json', 'one JSON document instead of the table'),
    ...thresholdOptions,
    ...connectionOptions,
  },
  examples: [
    [
      'PGHOST=db.example PGUSER=guard rds-connection-guard check',
      'the password comes from ~/.pgpass or is asked for',
    ],
    ['rds-connection-guard check orders', 'the database named orders in guard.config.ts'],
    [
      "rds-connection-guard check --url postgres://guard@db.example --warning 100 --critical '20 left'",
      'other thresholds',
    ],
    [
      'rds-connection-guard check --iam --url postgres://guard@x.eu-west-1.rds.amazonaws.com --ca-file global-bundle.pem',
      'RDS, without a password',
    ],
    ['rds-connection-guard check orders --json', 'for a script'],
  ],
  exitCodes: [
    [EXIT.ok, 'level ok'],
    [EXIT.warning, 'level warning'],
    [EXIT.critical, 'level critical or full'],
    [EXIT.unknown, 'could not look, or sees only its own sessions'],
  ],
  run: async (values, name, context) => {
    const connection = await connectionFor(values, name, thresholdOverride(values), context);
    return await withObserver(connection, context, async (observer) => {
      const picture = pictureOf(connection.database, await observer.sample(context.signal));
      context.signal.throwIfAborted();
      if (values.json) context.out(JSON.stringify(pictureData(picture), null, 2));
      else context.out(renderCheck(picture, context.screen).join('\n'));
      return exitCodeFor(picture.level);
    });
  },
});
