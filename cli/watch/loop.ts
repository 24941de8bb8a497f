import { appendFile } from 'node:fs/promises';
import { emptySessionHistory } from '../../lambda/assess/predictions/session-history.ts';
import { atLeast } from '../../lambda/model/level.ts';
import { emptyMemory, type Memory } from '../../lambda/model/memory.ts';
import type { Observer } from '../../lambda/model/observation.ts';
import type { Reclamation } from '../../lambda/model/reclamation.ts';
import type { RunMemory } from '../../lambda/remember/run-memory.ts';
import { composeAlert } from '../../lambda/report/message/compose.ts';
import { type CheckResult, check } from '../../lambda/run/check.ts';
import { jsonLog, type Log } from '../../lambda/shared/log.ts';
import { printable } from '../../lambda/shared/printable.ts';
import type { Connection } from '../connection/connect.ts';
import type { Context } from '../context.ts';
import { type Judged, judge, judgedData } from '../judged.ts';
import { outcomeWords } from '../view/reclamation.ts';
import type { Point, WatchEvent } from './frame.ts';
import type { View } from './view.ts';

/** Looks kept for the chart: more than any terminal has columns. */
const MAX_POINTS = 2000;

/** Happenings kept for the live view. */
const MAX_EVENTS = 200;

/** What a watch is told. */
export interface WatchOptions {
  /** Seconds between two looks while all is well. */
  readonly interval: number;
  /** A file to which each look is appended as a line of JSON; null: none. */
  readonly metricsFile: string | null;
}

/** What a watch came to. */
export interface WatchSummary {
  readonly looks: number;
  /** Sessions ended in all; in a dry run, those that the last look would have ended. */
  readonly ended: number;
}

/** Looks until the context's signal aborts: the same check as the function's, with the memory in this process. */
export async function watchLoop(
  observer: Observer,
  connection: Connection,
  options: WatchOptions,
  view: View,
  context: Context,
): Promise<WatchSummary> {
  const { database } = connection;
  const { clock, signal } = context;
  const points: Point[] = [];
  let events: WatchEvent[] = [];
  let ended = 0;
  let looks = 0;
  let history: CheckResult['history'] = emptySessionHistory;
  let told = 0;
  let lastTexts: readonly string[] = [];
  const happen = (kind: WatchEvent['kind'], text: string) => {
    events.push({ at: clock.now(), kind, text: printable(text, 400) });
  };
  const memory = rememberHere(emptyMemory(clock.now()));
  while (!signal.aborted) {
    const began = clock.now();
    const result = await check(
      {
        database,
        observer,
        runMemory: Promise.resolve(memory),
        notify: async (notification, facts) => {
          const { word, headline, causes } = composeAlert(notification, facts);
          happen('alert', `${word}: ${headline}`);
          const known = new Set(events.map(({ text }) => text));
          for (const hint of causes.map(({ cause, remedy }) => printable(`${cause}: ${remedy}`, 400))) {
            if (!known.has(hint)) happen('hint', hint);
          }
        },
        clock,
        log: auditLog(context),
        signal,
        onFault: (fault) => happen('fault', fault.message),
      },
      history,
    );
    // A look broken off by Ctrl-C says nothing of the server.
    if (signal.aborted) break;
    looks += 1;
    history = result.history;
    const { observation, level, reclamation } = result;
    const judged = judge(connection, observation);
    points.push({ used: observation.kind === 'sample' ? observation.used : null, level: judged.level });
    if (points.length > MAX_POINTS) points.shift();
    if (reclamation !== null) {
      const texts = reclaimTexts(reclamation);
      // A dry run would say the same at every look.
      if (texts.join() !== lastTexts.join()) for (const text of texts) happen('reclaim', text);
      lastTexts = texts;
      const now = countEnded(reclamation);
      ended = reclamation.mode === 'dry-run' ? now : ended + now;
    }
    if (options.metricsFile !== null) await append(options.metricsFile, judged, result, happen);
    const pause = pauseAfter(result, database.sampleEveryUnderPressure, options.interval);
    const nextSampleAt = Math.max(clock.now(), began + pause * 1000);
    const { since } = memory.memory;
    view.show(
      { judged, level, since, points, events, mode: database.reclaim.mode, ended, nextSampleAt },
      told,
    );
    events = events.slice(-MAX_EVENTS);
    told = events.length;
    await clock.sleep(nextSampleAt - clock.now(), signal).catch(() => {});
  }
  return { looks, ended };
}

/** From warning on it looks as often as the function does, if that is more often. */
function pauseAfter({ level }: CheckResult, underPressure: number, interval: number): number {
  return atLeast(level, 'warning') ? Math.min(underPressure, interval) : interval;
}

/** A memory that lives as long as this process: nobody else writes it. */
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

function countEnded({ chosen }: Reclamation): number {
  return chosen.filter(({ outcome }) => outcome === 'ended' || outcome === 'would-end').length;
}

/** What a pass did; a pass that found nobody says nothing. */
function reclaimTexts({ chosen, candidates, failure, limitedBy }: Reclamation): string[] {
  const limit = limitedBy === null ? '' : ` (limit: ${limitedBy})`;
  const done = chosen.length === 0 ? [] : [`of ${candidates} stale${limit}: ${outcomeWords(chosen)}`];
  return failure === null ? done : [...done, `broke off: ${failure}`];
}

async function append(
  file: string,
  judged: Judged,
  { level, reclamation }: CheckResult,
  happen: (kind: 'fault', text: string) => void,
): Promise<void> {
  const ended = reclamation === null ? 0 : countEnded(reclamation);
  const line = JSON.stringify({
    ...judgedData(judged),
    heldLevel: level,
    ended,
    mode: reclamation?.mode ?? 'off',
  });
  try {
    await appendFile(file, `${line}\n`);
  } catch (error) {
    // A full disk must not end the watch.
    happen(
      'fault',
      `${file} could not be written: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
