import { appendFile } from 'node:fs/promises';
import type { Refusal } from '../../lambda/model/observation.ts';
import type { Observer } from '../../lambda/model/observer.ts';
import { byIdleAge } from '../../lambda/reclaim/by-idle-age.ts';
import { readRows } from '../../lambda/reclaim/list-sessions.ts';
import type { Alert } from '../../lambda/report/message/alert.ts';
import { defineCommand } from '../command.ts';
import { connectionFor } from '../connection/connect.ts';
import type { Connection } from '../connection/connection.ts';
import { connectionOptions } from '../connection/options.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit-code.ts';
import { duration, flag, type OptionValues, text } from '../options.ts';
import { reclaimOptions, reclaimWith, thresholdOptions, thresholdOverride } from '../policy-options.ts';
import { reclaimPass } from '../reclaim-pass.ts';
import { withObserver } from '../take-sample.ts';
import { UsageError } from '../usage-error.ts';
import { endedWords } from '../view/reclamation.ts';
import { showRefusal, type WatchOptions, watchLoop } from '../watch/loop.ts';
import { runNotifyCommand } from '../watch/notify-command.ts';
import { countEnded, createRecord } from '../watch/record.ts';
import { viewFor } from '../watch/view.ts';

const options = {
  interval: duration(
    '--interval <duration>',
    'between two samples (default 5s); sooner while slots run short',
    {
      minimum: 0.1,
      maximum: 86_400,
    },
  ),
  terminate: flag('--terminate', 'end stale sessions from the level critical on'),
  dryRun: flag('--dry-run', 'show what --terminate would end'),
  metricsFile: text('--metrics-file <file>', 'append each sample to it, one JSON document a line'),
  notify: text(
    '--notify <command>',
    'run it by sh for each message, the message as JSON on its standard input; again until it exits with 0',
  ),
  ...thresholdOptions,
  ...reclaimOptions,
  ...connectionOptions,
};

/** Samples again and again, and ends stale sessions when told to. */
export const watchCommand = defineCommand({
  name: 'watch',
  summary:
    'A sample every 5 s, sooner while it fills up: chart, states, holders, messages; --terminate ends stale sessions',
  description:
    'A live picture in a terminal (? shows the keys), a line for each sample in a pipe. Goes on through restarts, a full ' +
    'server and a lost network, on one session that it keeps while the server fills up. --terminate ends stale sessions by the rules of reclaim, with the options below; the audit lines (JSON) ' +
    'go to standard error when that is a file. Ctrl-C, q, SIGTERM and SIGHUP end it, with a summary.',
  options,
  examples: [
    ['rds-connection-guard watch orders', 'the live picture'],
    ['rds-connection-guard watch orders --warning 100 --critical 150 --dry-run', 'see what would be ended'],
    [
      'rds-connection-guard watch orders --terminate --idle-for 5m --except-role reporting',
      'end stale sessions',
    ],
    [
      "rds-connection-guard watch orders --metrics-file metrics.jsonl --notify 'mail -s slots dba' > watch.log",
      'as a service, without AWS (examples/systemd)',
    ],
  ],
  exitCodes: [
    [EXIT.ok, 'ended by q, Ctrl-C, SIGTERM or SIGHUP'],
    [EXIT.unknown, 'could not begin'],
  ],
  run: async (values, name, context) => {
    const mode = modeOf(values);
    const thresholds = thresholdOverride(values);
    const { metricsFile, notify } = values;
    const connection = await connectionFor(
      values,
      name,
      (written) => ({
        ...thresholds(written),
        // Without a word on the command line none is ended, whatever the function may do.
        reclaim: mode === null ? { mode: 'off' } : reclaimWith(values, mode, written.reclaim),
      }),
      context,
    );
    if (metricsFile !== undefined) await mustBeWritable(metricsFile);
    const options = {
      interval: values.interval ?? 5,
      metricsFile: metricsFile ?? null,
      notify: async (alert: Alert) => {
        if (notify !== undefined) await runNotifyCommand(notify, alert);
      },
    };
    await watch(connection, options, context);
    return EXIT.ok;
  },
});

/** Watches until Ctrl-C, a signal or `q`, and says at the end what it came to. */
async function watch(connection: Connection, options: WatchOptions, context: Context): Promise<void> {
  const quit = new AbortController();
  const signal = AbortSignal.any([context.signal, quit.signal]);
  const record = createRecord(context.clock.now);
  let observer: Observer | null = null;
  const view = viewFor(context, {
    quit: () => quit.abort(),
    sessions: async () => (observer?.session ? await readRows(observer.session) : []),
    end: async (pid) => {
      const sample = record.last?.sample;
      if (!observer?.session || sample === undefined) return 'no session to the server is open';
      const parts = { connection, sampled: { sample, session: observer.session }, context, pids: [pid] };
      const policy = { ...byIdleAge(connection.database.reclaim, 0), idleInTransactionFor: 0 };
      const { chosen, leftAlone, failure } = await reclaimPass(parts, policy);
      const said = endedWords(pid, { chosen, leftAlone, failure });
      record.endedByHand(countEnded({ chosen }));
      record.happen('reclaim', said);
      return said;
    },
  });
  const parts = { connection, options, record, view, context };
  const onRefused = (refusal: Refusal) => showRefusal(parts, refusal);
  try {
    await withObserver(
      connection,
      context,
      (opened) => {
        observer = opened;
        return watchLoop({ ...parts, observer: opened, signal });
      },
      // Without --terminate too: what the rules learn is shown, and costs one list of sessions a sample.
      { onRefused, withSessions: true },
    );
  } finally {
    view.close();
  }
  context.err(record.summary());
}

function modeOf(values: OptionValues<typeof options>): 'terminate' | 'dry-run' | null {
  if (values.dryRun) return 'dry-run';
  if (values.terminate) return 'terminate';
  const given = Object.entries(reclaimOptions).find(([name]) => isGiven(name, values));
  if (given === undefined) return null;
  const [flag] = given[1].flags.split(' ');
  throw new UsageError(`${flag} says which sessions to end: add --terminate, or --dry-run to see only`);
}

function isGiven(name: string, values: Readonly<Record<string, unknown>>): boolean {
  const value = values[name];
  return Array.isArray(value) ? value.length > 0 : value !== undefined;
}

async function mustBeWritable(file: string): Promise<void> {
  try {
    await appendFile(file, '');
  } catch (cause) {
    const words = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(`--metrics-file ${file} cannot be written: ${words}`, { cause });
  }
}
