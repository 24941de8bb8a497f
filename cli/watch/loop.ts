import { appendFile } from 'node:fs/promises';
import { ruleScores } from '../../lambda/assess/predictions/rule-scores.ts';
import { emptySessionHistory } from '../../lambda/assess/predictions/session-history.ts';
import { atLeast } from '../../lambda/model/level.ts';
import { emptyMemory, type Memory } from '../../lambda/model/memory.ts';
import type { Refusal } from '../../lambda/model/observation.ts';
import { usableSlots } from '../../lambda/model/observation.ts';
import type { Observer } from '../../lambda/model/observer.ts';
import { signalledBy } from '../../lambda/model/reclamation.ts';
import type { RunMemory } from '../../lambda/remember/run-memory.ts';
import type { Alert } from '../../lambda/report/message/alert.ts';
import { composeAlert } from '../../lambda/report/message/compose.ts';
import { headline, wordOf } from '../../lambda/report/message/subject.ts';
import { type CheckResult, check } from '../../lambda/run/check.ts';
import { secondsToFull, type Watched, withObservation } from '../../lambda/run/fill-rate.ts';
import { longestPause } from '../../lambda/run/sampling-schedule.ts';
import { jsonLog, type Log } from '../../lambda/shared/log.ts';
import type { Connection } from '../connection/connection.ts';
import type { Context } from '../context.ts';
import { type Judged, judge, judgedData } from '../judged.ts';
import { withReachableThresholds } from '../reachable-thresholds.ts';
import { finishedSessions } from './finished.ts';
import { countEnded, type WatchRecord } from './record.ts';
import type { View } from './view.ts';

/** What a watch is told. */
export interface WatchOptions {
  /** Seconds between two samples while all is well. */
  readonly interval: number;
  /** A file to which each sample is appended as a line of JSON; null: none. */
  readonly metricsFile: string | null;
  /** Hands one message on; rejects when it could not, and is then asked again later. */
  readonly notify: (alert: Alert) => Promise<void>;
}

/** What a watch works with. */
export interface WatchParts {
  readonly observer: Observer;
  readonly connection: Connection;
  readonly options: WatchOptions;
  readonly record: WatchRecord;
  readonly view: View;
  readonly context: Context;
  /** Aborts when the watch is to end. */
  readonly signal: AbortSignal;
}

/** Samples until the signal aborts: the same check as the function's, with the memory in this process. */
export async function watchLoop(parts: WatchParts): Promise<void> {
  const { observer, connection, options, record, view, context, signal } = parts;
  const { clock } = context;
  let { database } = connection;
  let history: CheckResult['history'] = emptySessionHistory;
  let recent: readonly Watched[] = [];
  let told = 0;
  const memory = rememberHere(emptyMemory(clock.now()));
  while (!signal.aborted) {
    const began = clock.now();
    const result = await check(
      {
        database,
        observer,
        runMemory: Promise.resolve(memory),
        notify: async (notification, facts) => {
          const alert = { ...composeAlert(notification, facts), byPassword: connection.byPassword };
          // What is told again, because it could not be handed on, happened once.
          if (notification.dueSince === null) happenOnce(record, alert);
          await options.notify(alert);
        },
        clock,
        log: auditLog(context),
        logCheck: () => {}, // The view shows it.
        signal,
        onFault: (fault) => record.happen('fault', fault.message),
      },
      history,
    );
    // A sample broken off by Ctrl-C says nothing of the server.
    if (signal.aborted) break;
    history = result.history;
    const { observation, level, reclamation } = result;
    const judged = judge(connection, observation);
    record.add(judged, reclamation);
    if (record.last !== null) {
      const { learned } = memory.memory;
      record.learn(finishedSessions(history, learned, record.last), ruleScores(learned));
    }
    if (options.metricsFile !== null) await append(options.metricsFile, judged, result, record);
    const reachable =
      observation.kind === 'sample'
        ? withReachableThresholds(connection.database, usableSlots(observation.capacity)).database
        : database;
    // Judged by thresholds that cannot be reached here: once more, by those that can.
    const again = JSON.stringify(reachable.thresholds) !== JSON.stringify(database.thresholds);
    database = { ...database, thresholds: reachable.thresholds };
    recent = withObservation(recent, observation, signalledBy(reclamation));
    const regular = atLeast(level, 'warning')
      ? Math.min(database.sampleEveryUnderPressure, options.interval)
      : options.interval;
    const pause = again ? 0 : Math.min(regular * 1000, longestPause(secondsToFull(recent)));
    const nextSampleAt = Math.max(clock.now(), began + pause);
    view.show(frameOf(parts, judged, { level, since: memory.memory.since, nextSampleAt }), told);
    told = record.trim();
    await clock.sleep(nextSampleAt - clock.now(), signal).catch(() => {});
  }
}

/** Shows at once that a full server refuses the login, while the first sample goes on trying. */
export function showRefusal(parts: Omit<WatchParts, 'observer' | 'signal'>, refusal: Refusal): void {
  if (parts.record.points.length > 0) return;
  const { at } = refusal;
  const nextSampleAt = at + parts.connection.database.checkTimeout * 1000;
  parts.view.show(
    frameOf(parts, judge(parts.connection, refusal), { level: 'full', since: at, nextSampleAt }),
    0,
  );
}

function frameOf(
  { connection, record }: Pick<WatchParts, 'connection' | 'record'>,
  judged: Judged,
  held: Pick<Parameters<View['show']>[0], 'level' | 'since' | 'nextSampleAt'>,
) {
  const { points, events, last, finished, ended, wouldEnd } = record;
  return {
    judged,
    last,
    points,
    events,
    finished,
    ended,
    wouldEnd,
    mode: connection.database.reclaim.mode,
    ...held,
  };
}

function happenOnce(record: WatchRecord, alert: Alert): void {
  record.happen('alert', `${wordOf(alert.notification)}: ${headline(alert)}`);
  const known = new Set(record.events.map(({ text }) => text));
  for (const { cause, remedy } of alert.causes) {
    if (!known.has(`${cause}: ${remedy}`)) record.happen('cause', `${cause}: ${remedy}`);
  }
}

/** A memory that lives as long as this process: no other writes it. */
function rememberHere(first: Memory): RunMemory {
  let memory = first;
  const change: RunMemory['change'] = (next) => {
    memory = next(memory);
  };
  return {
    get memory() {
      return memory;
    },
    change,
    store: async () => {},
    claim: async (next) => change((before) => next(before) ?? before),
  };
}

/** What reclaim does is an audit: it goes to standard error when that is a file. The rest is on the view. */
function auditLog({ err, errIsTerminal, clock }: Context): Log {
  const write = jsonLog(
    (line) => err(line.trimEnd()),
    () => clock.now(),
  );
  return (level, event, fields) => {
    if (event.startsWith('reclaim.') && !errIsTerminal && hasSessions(fields['sessions'])) {
      write(level, event, fields);
    }
  };
}

const hasSessions = (sessions: unknown) => Array.isArray(sessions) && sessions.length > 0;

async function append(
  file: string,
  judged: Judged,
  { level, reclamation }: CheckResult,
  record: WatchRecord,
): Promise<void> {
  const ended = reclamation === null ? 0 : countEnded(reclamation);
  const mode = reclamation?.mode ?? 'off';
  const line = JSON.stringify({ ...judgedData(judged), heldLevel: level, ended, mode });
  try {
    await appendFile(file, `${line}\n`);
  } catch (error) {
    // A full disk must not end the watch.
    record.happen(
      'fault',
      `${file} could not be written: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
