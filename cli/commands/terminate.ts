import type { ReclaimPolicy } from '../../lambda/config/reclaim-policy.ts';
import { usableSlots } from '../../lambda/model/observation.ts';
import type { Observer } from '../../lambda/model/observer.ts';
import type { Reclamation } from '../../lambda/model/reclamation.ts';
import { byIdleAge, NO_LIMIT } from '../../lambda/reclaim/by-idle-age.ts';
import { readRows } from '../../lambda/reclaim/list-sessions.ts';
import { counted } from '../../lambda/shared/format.ts';
import { defineCommand, PROGRAM } from '../command.ts';
import { connectionFor } from '../connection/connect.ts';
import { connectionOptions } from '../connection/options.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { count, duration, flag, list, type OptionValues } from '../options.ts';
import { checkedSelection, exceptOf, exceptOptions, onlyOf, selectionOptions } from '../policy-options.ts';
import { reclaimPass } from '../reclaim-pass.ts';
import { fullSample, withObserver } from '../take-sample.ts';
import { UsageError } from '../usage-error.ts';
import { renderChosen, renderOutcome } from '../view/reclamation.ts';

const options = {
  idleFor: duration(
    '--idle-for <duration>',
    'end sessions idle for longer than this (default 5m30s); 0s for every idle one',
  ),
  idleInTransactionFor: duration(
    '--idle-in-transaction-for <duration>',
    'end those idle in a transaction for longer too, rolling it back',
  ),
  pid: list('--pid <pid>', 'only these, whatever their idle age; several with commas'),
  max: count('--max <n>', 'end at most so many, the longest idle first', 1, NO_LIMIT),
  keepPerApplication: count(
    '--keep-per-application <n>',
    'leave at least so many of each role and application',
    0,
    10_000,
  ),
  dryRun: flag('--dry-run', 'only show what would be ended'),
  yes: flag('--yes', 'do not ask'),
  json: flag('--json', 'one JSON document instead of the table; needs --yes or --dry-run'),
  ...selectionOptions,
  ...exceptOptions,
  ...connectionOptions,
};

type Values = OptionValues<typeof options>;

/** The emergency "kill all idle", made safe. */
export const terminateCommand = defineCommand({
  name: 'terminate',
  summary: 'End idle sessions: shows which, asks, then ends each by a guarded statement',
  description:
    'Ends idle sessions by the rules of reclaim: never a superuser, a replication client, a role of RDS, a session that ' +
    'LISTENs or holds an advisory lock, nor one that does something between choice and signal. Shows first which ones it ' +
    'would end and whose transaction would roll back, and asks. When standard error is a file, the audit lines (JSON) go there.',
  options,
  examples: [
    [`${PROGRAM} terminate orders --dry-run`, 'see which would go'],
    [`${PROGRAM} terminate orders --idle-for 5m`, 'ask, then end what has been idle for over five minutes'],
    [`${PROGRAM} terminate orders --idle-for 0s --yes 2>> audit.log`, 'every idle session, without asking'],
    [
      `${PROGRAM} terminate orders --role app --client 10.0.3.0/24 --max 20`,
      'the twenty longest idle of one host group',
    ],
    [`${PROGRAM} terminate orders --pid 4711`, 'one session'],
  ],
  exitCodes: [
    [EXIT.ok, 'all that were chosen are gone, or there was none to end'],
    [EXIT.warning, 'some are still there, or you said no'],
    [EXIT.critical, 'the server did not let us end them, or is full and refuses logins'],
    [EXIT.unknown, 'no sample; none was ended'],
  ],
  run: async (values, name, context) => {
    if (values.json && !values.yes && !values.dryRun) {
      throw new UsageError('--json cannot ask: add --yes or --dry-run');
    }
    const pids = pidsFrom(values);
    const connection = await connectionFor(values, name, () => ({}), context);
    const policy = policyFrom(values, connection.database.reclaim);
    return await withObserver(connection, context, async (observer) => {
      const sampled = await fullSample(observer, connection, context);
      if (typeof sampled === 'number') return sampled;
      const rows = await readRows(sampled.session);
      const missing = pids?.find((pid) => !rows.some((row) => row.pid === pid));
      if (missing !== undefined) throw new UsageError(`there is no session with pid ${missing}`);
      const parts = { connection, sampled, context, pids };
      const preview = await reclaimPass(parts, { ...policy, mode: 'dry-run' });
      if (preview.failure !== null) throw new Error(`could not list the sessions: ${preview.failure}`);
      if (!values.json) context.out(renderChosen(preview, rows, context.screen).join('\n'));
      const ends = preview.chosen.length > 0 && !values.dryRun;
      if (ends && !values.yes && !(await agreed(preview, context))) {
        context.err('none was ended');
        return EXIT.warning;
      }
      // What became stale while we asked was not shown, so no more go than were.
      const done = ends
        ? await reclaimPass(parts, { ...policy, maxPerCheck: preview.chosen.length })
        : preview;
      const now = ends ? await usedNow(observer, context) : null;
      if (values.json) context.out(JSON.stringify({ ...done, usedAfter: now?.used ?? null }, null, 2));
      else context.out(renderOutcome(done, now, rows, context.screen).join('\n'));
      return exitCodeOf(done);
    });
  },
});

async function agreed({ chosen }: Reclamation, { ask, signal }: Context): Promise<boolean> {
  if (ask === null) throw new UsageError('there is no terminal to ask at: add --yes to end them');
  const answer = await ask(`End ${counted(chosen.length, 'session')}? [y/N] `, { secret: false, signal });
  return /^y(?:es)?$/i.test(answer.trim());
}

/** Used and usable slots after a pass; null where the server cannot be sampled any more. */
async function usedNow(observer: Observer, { signal }: Context) {
  const after = await observer.sample(signal);
  return after.kind === 'sample' ? { used: after.used, usable: usableSlots(after.capacity) } : null;
}

function pidsFrom({ pid }: Values): readonly number[] | null {
  if (pid.length === 0) return null;
  return pid.map((written) => {
    if (/^[1-9]\d{0,9}$/.test(written)) return Number(written);
    throw new UsageError(`--pid takes process ids such as 4711, not '${written.slice(0, 40)}'`);
  });
}

/** A policy that acts at any level, by one idle age, until no stale session is left; the configuration's exclusions hold. */
function policyFrom(values: Values, configured: ReclaimPolicy): ReclaimPolicy {
  const named = values.pid.length > 0;
  const idleFor = values.idleFor ?? (named ? 0 : configured.idleFor);
  const inTransaction = values.idleInTransactionFor ?? (named ? 0 : configured.idleInTransactionFor);
  const only = onlyOf(values);
  const except = exceptOf(values, configured.except);
  const narrowed = only === undefined ? configured.only : checkedSelection(only);
  return {
    ...byIdleAge(configured, idleFor),
    maxPerCheck: values.max ?? NO_LIMIT,
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
