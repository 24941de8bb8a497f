import { holdersOf, statesOf } from '../../lambda/model/holders.ts';
import { atLeast } from '../../lambda/model/level.ts';
import { levelThresholds } from '../../lambda/model/level-thresholds.ts';
import { type Sample, usableSlots } from '../../lambda/model/observation.ts';
import type { SessionRow } from '../../lambda/reclaim/list-sessions.ts';
import { duration } from '../../lambda/shared/format.ts';
import { printable } from '../../lambda/shared/printable.ts';
import { endpointOf } from '../connection/connection.ts';
import { levelStyle, type Style, type StyleName } from '../terminal/style.ts';
import { truncate, wrap } from '../terminal/width.ts';
import { type Screen, shown } from '../view/screen.ts';
import { slotChart } from '../view/slot-chart.ts';
import { slotsBar, usedOfUsable } from '../view/slots.ts';
import { noSampleWords } from '../view/words.ts';
import { finishedLine } from './finished.ts';
import { type Frame, timeOfDay, type WatchEvent } from './frame.ts';
import { footerOf, panelLines } from './panel.ts';
import type { Ui } from './ui.ts';

/** The chart is never lower, and never higher. */
const CHART_HEIGHT = { least: 4, most: 14 };

/** On a screen with fewer rows the chart gives way to the list that a person works in. */
const CHART_FROM = 30;

/** Lines that cause and remedy may take. */
const CAUSE_LINES = 4;

/** Lines that the finished sessions may take. */
const FINISHED_LINES = 2;

const EVENT_STYLES: Readonly<Record<WatchEvent['kind'], StyleName>> = {
  alert: 'yellow',
  cause: 'cyan',
  reclaim: 'green',
  fault: 'red',
};

/** One frame, exactly as many lines as the terminal has rows at most, none wider than it. Pure. */
export function renderFrame(
  frame: Frame,
  ui: Ui,
  sessions: readonly SessionRow[],
  screen: Screen,
  rows: number,
): string[] {
  const columns = screen.width ?? 80;
  const { last, judged } = frame;
  const isNew = judged.observation.kind === 'sample';
  // What is no longer so stays, greyed as a whole, with its age.
  const drawn: Screen = isNew ? screen : { ...screen, style: (_name, text) => text };
  const old = (lines: readonly string[]) => (isNew ? lines : lines.map((line) => screen.style('dim', line)));
  const head = [title(frame, screen), ...seen(frame, screen).flatMap((line) => wrap(line, columns)), ''];
  // Where a person is at the keys, the list that they work in has the room.
  const atKeys = ui.help || ui.panel === 'sessions' || ui.typing || ui.filter !== '' || ui.sort > 0;
  const causes = atKeys ? [] : causeLines(frame, columns, drawn);
  const finished = finishedLine(frame.finished).flatMap((line) =>
    wrap(line, columns).slice(0, FINISHED_LINES),
  );
  const body =
    last === null ? [] : [...slotLines(last.sample, drawn), ...causes, ...(atKeys ? [] : finished)];
  // What is left of the screen is shared: the last events, then the panel, and the chart takes the rest.
  const free = Math.max(0, rows - head.length - body.length - 2);
  const told = lastEvents(frame, Math.max(2, Math.floor(free / 4)), columns, screen);
  const drawable = last === null || (atKeys && rows < CHART_FROM) ? 0 : CHART_HEIGHT.least + 2;
  const room = Math.max(0, free - told.length - drawable);
  const holders = last === null ? [] : holdersOf(last.sample.groups);
  const panel = last === null ? [] : panelLines(ui, holders, sessions, room, drawn);
  const height = Math.min(CHART_HEIGHT.most, free - told.length - panel.length - 2);
  const chart = last === null || height < 1 ? [] : chartLines(frame, last.sample, height, columns, drawn);
  const lines = [...head, ...old([...chart, ...body, ...panel]), '', ...told];
  const footer = footerOf(frame, ui, columns, screen);
  return [...lines.slice(0, Math.max(0, rows - 1)), footer].map((line) => truncate(line, columns));
}

function title({ judged, level, since, last }: Frame, { style }: Screen): string {
  const { database, observation } = judged;
  const [name, endpoint] = [style('bold', printable(database.name, 60)), style('dim', endpointOf(database))];
  if (judged.level === null) {
    const was = last === null ? '' : `, ${level} when last seen`;
    return `${style('bold', style('red', 'UNKNOWN'))} ${name}${was}  ${endpoint}`;
  }
  const held = duration((observation.at - since) / 1000);
  const word = style('bold', style(levelStyle(level), level.toUpperCase()));
  const eased = judged.level === level ? '' : ` (now ${judged.level}; held until clear for a while)`;
  return `${word} ${name} for ${held}${eased}  ${endpoint}`;
}

/** What the last observation saw; how old the rest is where it saw nothing. */
function seen({ judged, last }: Frame, { style }: Screen): string[] {
  const { observation, note } = judged;
  if (observation.kind === 'sample') {
    return [usedOfUsable(observation), ...(note === null ? [] : [style('yellow', note)])];
  }
  const { what, hint } = noSampleWords(observation, judged);
  const age = last === null ? '' : duration((observation.at - last.sample.at) / 1000);
  const old = last === null ? [] : [style('dim', `below, as of ${age} ago: ${usedOfUsable(last.sample)}`)];
  return [style('red', what), hint, ...old];
}

function chartLines(frame: Frame, sample: Sample, height: number, columns: number, screen: Screen): string[] {
  const usable = usableSlots(sample.capacity);
  const { warning, critical } = levelThresholds(frame.last?.judged.database ?? frame.judged.database, usable);
  return slotChart(
    frame.points,
    frame.events,
    { usable, warning: warning.enter, critical: critical.enter },
    { height, columns, now: frame.judged.observation.at, timeOfDay },
    screen,
  );
}

function slotLines(sample: Sample, screen: Screen): string[] {
  const states = statesOf(sample.groups);
  const { bar } = slotsBar(screen, states, usableSlots(sample.capacity));
  const words = states.map(
    ({ state, count, oldestStateAge }) =>
      `${state} ${count}${oldestStateAge === null ? '' : ` (longest ${duration(oldestStateAge)})`}`,
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

/** From level warning on: what probably fills the server and what helps, wrapped. */
function causeLines({ last, level }: Frame, columns: number, { style }: Screen): string[] {
  const [first] = last?.judged.causes ?? [];
  if (first === undefined || !atLeast(level, 'warning')) return [];
  const lines = wrap(`likely cause: ${first.cause}. ${first.remedy}.`, columns);
  const cut = lines.length > CAUSE_LINES ? [`${lines[CAUSE_LINES - 1]} …`] : [];
  return [...lines.slice(0, CAUSE_LINES - cut.length), ...cut].map((line) => style('cyan', line));
}

/** The last events that fit into so many lines; causes stand with the slots already. */
function lastEvents({ events }: Frame, most: number, columns: number, screen: Screen): string[] {
  let lines: string[] = [];
  for (const event of events.filter(({ kind }) => kind !== 'cause').reverse()) {
    const more = [...wrapEvent(event, columns, screen), ...lines];
    if (more.length > most && lines.length > 0) break;
    lines = more.slice(0, most);
  }
  return lines;
}

/** Something that happened, on as many lines as it takes. */
function wrapEvent(
  { at, kind, text }: WatchEvent,
  columns: number,
  { style }: { readonly style: Style },
): string[] {
  const [first = '', ...more] = wrap(text, Math.max(10, columns - 9));
  return [
    `${style('dim', timeOfDay(at))} ${style(EVENT_STYLES[kind], first)}`,
    ...more.map((line) => `         ${style(EVENT_STYLES[kind], line)}`),
  ];
}
