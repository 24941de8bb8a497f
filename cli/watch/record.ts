import type { Observation } from '../../lambda/model/observation.ts';
import { usableSlots } from '../../lambda/model/observation.ts';
import type { RuleScore } from '../../lambda/model/prediction.ts';
import type { Reclamation } from '../../lambda/model/reclamation.ts';
import { caveats, poolsChosen, reasonsChosen } from '../../lambda/report/message/ended-sessions.ts';
import { rulesSoFar } from '../../lambda/report/message/reclaim-section.ts';
import { counted, duration, percent } from '../../lambda/shared/format.ts';
import { printable } from '../../lambda/shared/printable.ts';
import type { Judged } from '../judged.ts';
import { outcomeWords } from '../view/reclamation.ts';
import { type Frame, type Point, timeOfDay, type WatchEvent } from './frame.ts';

/** Samples kept for the chart: more than any terminal has columns. */
const MAX_POINTS = 2000;

/** Events kept for the live view. */
const MAX_EVENTS = 200;

/** What a watch has seen and done so far. */
export interface WatchRecord {
  readonly points: readonly Point[];
  readonly events: readonly WatchEvent[];
  readonly last: Frame['last'];
  /** Sessions ended in all. */
  readonly ended: number;
  /** Sessions that the last check of a dry run would have ended. */
  readonly wouldEnd: number;
  /** As `finishedSessions` has them. */
  readonly finished: readonly string[];
  happen(kind: WatchEvent['kind'], text: string): void;
  /** Adds an observation and what reclaim did after it. */
  add(judged: Judged, reclamation: Reclamation | null): void;
  /** Keeps what the rules say now: of which sessions, and how they have done. */
  learn(finished: readonly string[], scores: readonly RuleScore[]): void;
  /** Adds sessions that a person has ended. */
  endedByHand(count: number): void;
  /** Forgets what no view can show any more, and says how many events are left. */
  trim(): number;
  /** What the watch came to, on a line, and on another how the rules of reclaim have done, if any was tried. */
  summary(): string;
}

/** A record with nothing in it. */
export function createRecord(now: () => number): WatchRecord {
  const points: Point[] = [];
  let events: WatchEvent[] = [];
  let last: Frame['last'] = null;
  let [ended, wouldEnd, samples, messages] = [0, 0, 0, 0];
  let peak: { readonly used: number; readonly usable: number; readonly at: number } | null = null;
  let finished: readonly string[] = [];
  let scores: readonly RuleScore[] = [];
  let lastTexts = '';
  let lastPaused: readonly string[] = [];
  const happen: WatchRecord['happen'] = (kind, text) => {
    if (kind === 'alert') messages += 1;
    events.push({ at: now(), kind, text: printable(text, 400) });
  };
  const startedAt = now();
  return {
    get points() {
      return points;
    },
    get events() {
      return events;
    },
    get last() {
      return last;
    },
    get ended() {
      return ended;
    },
    get wouldEnd() {
      return wouldEnd;
    },
    get finished() {
      return finished;
    },
    happen,
    learn: (now, all) => {
      [finished, scores] = [now, all];
    },
    add: (judged, reclamation) => {
      const { observation, level } = judged;
      samples += 1;
      points.push({ at: observation.at, used: usedIn(observation), level });
      if (points.length > MAX_POINTS) points.shift();
      if (observation.kind === 'sample') {
        last = { judged, sample: observation };
        const { used, at } = observation;
        if (peak === null || used > peak.used) peak = { used, usable: usableSlots(observation.capacity), at };
      }
      if (reclamation === null) return;
      const texts = reclaimTexts(reclamation);
      // A dry run would say the same at every check.
      if (texts.join() !== lastTexts) for (const text of texts) happen('reclaim', text);
      lastTexts = texts.join();
      const paused = pausedTexts(reclamation);
      for (const text of paused) if (!lastPaused.includes(text)) happen('reclaim', text);
      lastPaused = paused;
      if (reclamation.mode === 'dry-run') wouldEnd = countEnded(reclamation);
      else ended += countEnded(reclamation);
    },
    endedByHand: (count) => {
      ended += count;
    },
    trim: () => {
      events = events.slice(-MAX_EVENTS);
      return events.length;
    },
    summary: () => {
      const most =
        peak === null
          ? 'no slot was seen'
          : `at most ${peak.used} of ${peak.usable} slots used (${percent(peak.used, peak.usable)}) at ${timeOfDay(peak.at)} UTC`;
      const rules = scores.length === 0 ? [] : rulesSoFar(scores);
      const came = `${counted(samples, 'sample')} in ${duration((now() - startedAt) / 1000)}; ${most}; ${counted(messages, 'message')}; ${counted(ended, 'session')} ended`;
      return [came, ...rules].join('\n');
    },
  };
}

const usedIn = (observation: Observation) => (observation.kind === 'sample' ? observation.used : null);

/** Sessions that a pass has ended, or would have. */
export function countEnded({ chosen }: Pick<Reclamation, 'chosen'>): number {
  return chosen.filter(({ outcome }) => outcome === 'ended' || outcome === 'would-end').length;
}

/** What a pass did; one that found nothing to end says nothing. */
function reclaimTexts(reclamation: Reclamation): string[] {
  const { chosen, candidates, failure, limitedBy } = reclamation;
  const limit = limitedBy === null ? '' : ` (limit: ${limitedBy})`;
  const done =
    chosen.length === 0
      ? []
      : [
          `of ${candidates} stale${limit}: ${outcomeWords(chosen)}`,
          ...reasonsChosen(chosen),
          ...poolsChosen(chosen),
        ];
  return [...done, ...caveats(reclamation), ...(failure === null ? [] : [`broke off: ${failure}`])];
}

/** The pools that reclaim leaves alone: said once for each pause, whatever else a pass does. */
function pausedTexts({ pausedPools }: Reclamation): string[] {
  return pausedPools.map(
    ({ role, application, ended, opened, until }) =>
      `paused until ${timeOfDay(until)} UTC for application ${application || '(none)'}, role ${role ?? '(none)'}: its pool opens again what is ended (ended ${ended}, opened ${opened})`,
  );
}
