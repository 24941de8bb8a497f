import { holdersOf, statesOf } from '../../lambda/model/holders.ts';
import { levelThresholds } from '../../lambda/model/level-thresholds.ts';
import { type Sample, usableSlots } from '../../lambda/model/observation.ts';
import { printable } from '../../lambda/shared/printable.ts';
import { endpointOf } from '../connection/connect.ts';
import { formatDuration } from '../duration.ts';
import { type Bar, chart, type Mark } from '../terminal/chart.ts';
import { levelStyle, type StyleName } from '../terminal/style.ts';
import { truncate } from '../terminal/width.ts';
import { type Screen, shown } from '../view/screen.ts';
import { slotsBar, usedOfUsable } from '../view/slots.ts';
import { holderTable } from '../view/tables.ts';
import { noSampleWords } from '../view/words.ts';
import { type Frame, timeOfDay, type WatchEvent } from './frame.ts';

/** Columns left of the chart, for `critical 170`. */
const LABEL_WIDTH = 13;

/** The chart is never lower, and never higher. */
const CHART_HEIGHT = { least: 4, most: 14 };

const EVENT_STYLES: Readonly<Record<WatchEvent['kind'], StyleName>> = {
  alert: 'yellow',
  hint: 'cyan',
  reclaim: 'green',
  fault: 'red',
};

/** One judged, exactly as many lines as the terminal has rows at most, none wider than it. Pure. */
export function renderFrame(frame: Frame, screen: Screen, rows: number): string[] {
  const columns = screen.width ?? 80;
  const last = lastSample(frame);
  const head = [title(frame, screen), seen(frame, screen), ''];
  const usable = last === null ? null : usableSlots(last.capacity);
  const body = last === null ? [] : slotLines(last, screen);
  // What is left of the screen is shared: the last events, then the holders, and the chart takes the rest.
  const free = Math.max(0, rows - head.length - body.length - 2);
  const told = frame.events.slice(-Math.max(2, Math.floor(free / 4))).map((each) => eventLine(each, screen));
  const drawable = usable === null ? 0 : CHART_HEIGHT.least;
  const room = Math.max(0, free - told.length - drawable);
  const holders = last === null ? [] : holderLines(last, room, screen);
  const height = Math.min(CHART_HEIGHT.most, Math.max(drawable, free - told.length - holders.length));
  const drawn = usable === null ? [] : chartLines(frame, usable, height, columns, screen);
  const lines = [...head, ...drawn, ...body, ...holders, '', ...told];
  const footer = screen.style('dim', footerOf(frame));
  return [...lines.slice(0, Math.max(0, rows - 1)), footer].map((line) => truncate(line, columns));
}

function title({ judged: { database }, level, since, judged }: Frame, { style }: Screen): string {
  const held = formatDuration((judged.observation.at - since) / 1000);
  const word = style('bold', style(levelStyle(level), level.toUpperCase()));
  const { level: now } = judged;
  const eased = now === null || now === level ? '' : ` (now ${now}; held until clear for a while)`;
  const name = style('bold', printable(database.name, 60));
  return `${word} ${name} for ${held}${eased}  ${style('dim', endpointOf(database))}`;
}

/** What the last observation saw, in a line. */
function seen({ judged }: Frame, { style }: Screen): string {
  const { observation } = judged;
  if (observation.kind === 'sample') return usedOfUsable(observation);
  return style('red', noSampleWords(observation, judged).what);
}

/** As many holders as there is room for, a blank line in front. */
function holderLines(sample: Sample, room: number, screen: Screen): string[] {
  // A blank line, title and rule, and the line that says how many more there are.
  const most = Math.min(10, room - 4);
  return most < 1 || sample.groups.length === 0
    ? []
    : ['', ...holderTable(screen, holdersOf(sample.groups), most)];
}

function lastSample({ judged }: Frame): Sample | null {
  return judged.observation.kind === 'sample' ? judged.observation : null;
}

function chartLines(frame: Frame, usable: number, height: number, columns: number, screen: Screen): string[] {
  const { database } = frame.judged;
  const { warning, critical } = levelThresholds(database, usable);
  const width = Math.max(10, columns - LABEL_WIDTH - 2);
  const bars: (Bar | null)[] = frame.points.slice(-width).map(({ used, level }) => {
    if (level === null) return null;
    return { value: used ?? usable, style: levelStyle(level) };
  });
  const padded = [...Array.from({ length: width - bars.length }, () => null), ...bars];
  const marks: Mark[] = [
    { value: usable, label: `usable ${usable}`, style: 'redBright' },
    { value: warning.enter, label: `warning ${warning.enter}`, style: 'yellow' },
    { value: critical.enter, label: `critical ${critical.enter}`, style: 'red' },
  ];
  return chart({ bars: padded, marks, top: usable, height, labelWidth: LABEL_WIDTH }, screen.style);
}

function slotLines(sample: Sample, screen: Screen): string[] {
  const states = statesOf(sample.groups);
  const { bar } = slotsBar(screen, states, usableSlots(sample.capacity));
  const words = states.map(
    ({ state, count, oldestStateAge }) =>
      `${state} ${count}${oldestStateAge === null ? '' : ` (longest ${formatDuration(oldestStateAge)})`}`,
  );
  const limits = sample.limits
    .filter(({ limit, used }) => limit - used <= Math.max(1, limit * 0.1))
    .map(({ kind, name, limit, used }) => `${kind} ${shown(name)} ${used} of ${limit}`);
  return [
    bar,
    words.join(', ') || 'no sessions but this one',
    ...(limits.length === 0 ? [] : [screen.style('red', `at its CONNECTION LIMIT: ${limits.join(', ')}`)]),
  ];
}

/** One line for something that happened, without colour where there is none. */
export function eventLine({ at, kind, text }: WatchEvent, { style }: Screen): string {
  return `${style('dim', timeOfDay(at))} ${style(EVENT_STYLES[kind], text)}`;
}

function footerOf({ judged, mode, ended, nextSampleAt }: Frame): string {
  const looked = `looked at ${timeOfDay(judged.observation.at)} UTC, next ${timeOfDay(nextSampleAt)}`;
  const acts =
    mode === 'off'
      ? 'ends nobody (--terminate, --dry-run)'
      : mode === 'dry-run'
        ? `dry run, would end ${ended} now`
        : `ended ${ended}`;
  return `${looked}; ${acts}; Ctrl-C leaves`;
}
