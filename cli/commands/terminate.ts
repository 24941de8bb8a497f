import type { ReclaimPolicy } from '../../lambda/config/reclaim-policy.ts';
import { levelThresholds } from '../../lambda/model/level-thresholds.ts';
import { usableSlots } from '../../lambda/model/observation.ts';
import { emptyReclaimMemory, type Reclamation } from '../../lambda/model/reclamation.ts';
import { emptyReclaimHistory } from '../../lambda/reclaim/comeback-history.ts';
import { reclaim } from '../../lambda/reclaim/reclaim.ts';
import { jsonLog } from '../../lambda/shared/log.ts';
import { defineCommand } from '../command.ts';
import { type Connection, connectionFor, connectionOptions } from '../connection/connect.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { type Sighting, snapshot, withObserver } from '../look.ts';
import { count, duration, flag, type OptionValues } from '../options.ts';
import { pictureOf } from '../picture.ts';
import { checkedSelection, exceptOf, exceptOptions, onlyOf, selectionOptions } from '../policy-options.ts';
import { UsageError } from '../usage-error.ts';
import { renderChosen, renderOutcome, summaryOf } from '../view/reclamation.ts';

/** More than any server has: without `--max` everybody who is stale goes. */
const NO_LIMIT = 300_000;

const options = {
  idleFor: duration(
    '--idle-for <duration>',
    'end sessions idle for longer than this (default 5m30s); 0s for every idle one',
  ),
  idleInTransactionFor: duration(
    '--idle-in-transaction-for <duration>',
    'end those idle in a transaction for longer too, rolling it back',
  ),
  max: count('--max <n>', 'end at most so many, the longest idle first', 1, NO_LIMIT),
  keepPerApplication: count(
    '--keep-per-application <n>',
    'leave at least so many of each role and application',
    0,
    10_000,
  ),
  ...selectionOptions,
  ...exceptOptions,
  dryRun: flag('--dry-run', 'only show what would be ended'),
  yes: flag('--yes', 'do not ask'),
  json: flag('--json', 'one JSON document instead of the table; needs --yes or --dry-run'),
  ...connectionOptions,
};

type Values = OptionValues<typeof options>;

/** The emergency "kill all idle", made safe. */
export const terminateCommand = defineCommand({
  name: 'terminate',
  summary: 'End idle sessions: shows which, asks, then ends each by a guarded statement',
  description:
    'Ends idle sessions by the rules of reclaim: never a superuser, a replication client, a role of RDS, a session that ' +
    'LISTENs or holds an advisory lock, nor one that does something between choice and signal. Shows first whom it ' +
    'would end, and asks. When standard error is a file, the audit lines (JSON) go there.',
  options,
  examples: [
    ['rds-connection-guard terminate orders --dry-run', 'see who would go'],
    [
      'rds-connection-guard terminate orders --idle-for 5m',
      'ask, then end what has been idle for over five minutes',
    ],
    [
      'rds-connection-guard terminate orders --idle-for 0s --yes 2>> audit.log',
      'every idle session, without asking',
    ],
    [
      'rds-connection-guard terminate orders --role app --client 10.0.3.0/24 --max 20',
      'the twenty longest idle of one host group',
    ],
  ],
  exitCodes: [
    [EXIT.ok, 'all that were chosen are gone, or there was nobody to end'],
    [EXIT.warning, 'some are still there, or you said no'],
    [EXIT.critical, 'the server did not let us end them, or is full and refuses logins'],
    [EXIT.unknown, 'could not look; nobody was ended'],
  ],
  run: async (values, name, context) => {
    if (values.json && !values.yes && !values.dryRun) {
      throw new UsageError('--json cannot ask: add --yes or --dry-run');
    }
    const connection = await connectionFor(values, name, () => ({}), context);
    const policy = policyFrom(values, connection.database.reclaim);
    return await withObserver(connection, context, async (observer) => {
      const found = await snapshot(observer, connection.database.name, context);
      if (typeof found === 'number') return found;
      const preview = await pass(connection, found, { ...policy, mode: 'dry-run' }, context, false);
      if (preview.failure !== null) throw new Error(`could not look at the sessions: ${preview.failure}`);
      const show = (lines: readonly string[]) => {
        if (!values.json) context.out(lines.join('\n'));
      };
      const finish = (done: Reclamation): ExitCode => {
        if (values.json) context.out(JSON.stringify(done, null, 2));
        else context.out(renderOutcome(done, context.screen).join('\n'));
        return exitCodeOf(done);
      };
      show(renderChosen(preview, context.screen));
      if (preview.chosen.length === 0 || values.dryRun) return finish(preview);
      if (!values.yes) {
        if (context.ask === null) throw new UsageError('nobody to ask: add --yes to end them');
        const answer = await context.ask(`End ${summaryOf(preview)}? [y/N] `, {
          secret: false,
          signal: context.signal,
        });
        if (!/^y(?:es)?$/i.test(answer.trim())) {
          context.err('nobody was ended');
          return EXIT.warning;
        }
      }
      // Whoever became stale while we asked was not shown, so no more go than were.
      const agreed = { ...policy, maxPerCheck: preview.chosen.length };
      return finish(await pass(connection, found, agreed, context, true));
    });
  },
});

/** One pass of reclaim; the audit lines are written only when it may end somebody. */
async function pass(
  { database }: Connection,
  { sample, session }: Sighting,
  policy: ReclaimPolicy,
  context: Context,
  audited: boolean,
): Promise<Reclamation> {
  const level = pictureOf(database, sample).level ?? 'ok';
  const write = audited && !context.errIsTerminal ? (line: string) => context.err(line.trimEnd()) : () => {};
  const { reclamation } = await reclaim({
    database: database.name,
    session,
    clock: context.clock,
    log: jsonLog(write, () => context.clock.now()),
    signal: context.signal,
    policy,
    level,
    thresholds: levelThresholds(database, usableSlots(sample.capacity)),
    sample,
    memory: emptyReclaimMemory,
    history: emptyReclaimHistory,
    reserve: async () => {},
  });
  return reclamation;
}

/** A policy that acts at any level, by one idle age, until nobody stale is left; the configuration's exclusions hold. */
function policyFrom(values: Values, configured: ReclaimPolicy): ReclaimPolicy {
  const idleFor = values.idleFor ?? configured.idleFor;
  const inTransaction = values.idleInTransactionFor ?? configured.idleInTransactionFor;
  const only = onlyOf(values);
  const except = exceptOf(values, configured.except);
  const narrowed = only === undefined ? configured.only : checkedSelection(only);
  return {
    mode: 'terminate',
    at: 'always',
    idleFor,
    usedOnceFor: idleFor,
    idleForAtFull: idleFor,
    maxPerCheck: values.max ?? NO_LIMIT,
    maxPerHour: NO_LIMIT,
    keepPerApplication: values.keepPerApplication ?? configured.keepPerApplication,
    ...(inTransaction !== undefined && { idleInTransactionFor: inTransaction }),
    ...(narrowed !== undefined && { only: narrowed }),
    ...(except !== undefined && { except: checkedSelection(except) }),
  };
}

function exitCodeOf({ chosen, failure }: Reclamation): ExitCode {
  if (failure !== null || chosen.some(({ outcome }) => outcome === 'refused' || outcome === 'unknown')) {
    return EXIT.critical;
  }
  const there = chosen.some(({ outcome }) => outcome === 'signalled' || outcome === 'changed');
  return there ? EXIT.warning : EXIT.ok;
}
