import { holdersOf, statesOf } from '../../lambda/model/holders.ts';
import { levelThresholds } from '../../lambda/model/level-thresholds.ts';
import { type Sample, usableSlots } from '../../lambda/model/observation.ts';
import type { SessionRow } from '../../lambda/reclaim/list-sessions.ts';
import { counted } from '../../lambda/shared/format.ts';
import { printable } from '../../lambda/shared/printable.ts';
import { endpointOf } from '../connection/connection.ts';
import type { Judged } from '../judged.ts';
import { levelStyle } from '../terminal/style.ts';
import { causeLines } from './cause.ts';
import { idleAgesLine } from './idle-ages.ts';
import { fitted, type Screen, shown, wrapped } from './screen.ts';
import { slotsBar, usableExplained, usedOfUsable } from './slots.ts';
import { holderTable, limitTable, stateTable } from './tables.ts';
import { noSampleWords } from './words.ts';

/** How many holders are shown. */
const HOLDERS = 10;

/**
 * One observation as a person reads it at a glance: the level first, what it rests on below.
 *
 * @param rows the sessions one by one; empty where there is no sample.
 * @param terminate what to type for terminate on the same server.
 */
export function renderCheck(
  judged: Judged,
  rows: readonly SessionRow[],
  terminate: string,
  screen: Screen,
): string[] {
  const [first = '', ...more] = linesOf(judged, rows, terminate, screen);
  return [first, ...more.map((line) => withoutBar(line, screen))];
}

function linesOf(judged: Judged, rows: readonly SessionRow[], terminate: string, screen: Screen): string[] {
  const { observation } = judged;
  if (observation.kind === 'sample') return renderSample(judged, observation, rows, terminate, screen);
  const { hint } = noSampleWords(observation, judged);
  const server =
    observation.kind === 'refused'
      ? [`server: ${printable(observation.text, 200)} (${counted(observation.attempts, 'attempt')})`]
      : [];
  return [headline(judged, screen), ...server, `now: ${hint}`].flatMap((line) => wrapped(screen, line));
}

/** Monitoring plug-ins take what stands behind a `|`, on any line, for performance data: no name may write some. */
function withoutBar(line: string, { width }: Screen): string {
  return width === null ? line.replaceAll('|', '¦') : line;
}

/** The level on one line; through a pipe with the performance data of monitoring plug-ins behind it. */
export function headline(judged: Judged, screen: Screen): string {
  const { database, observation, level } = judged;
  const word = level === null ? 'UNKNOWN' : level.toUpperCase();
  const styled = screen.style(level === null ? 'red' : levelStyle(level), word);
  const what =
    observation.kind === 'sample' ? usedOfUsable(observation) : noSampleWords(observation, judged).what;
  const line = withoutBar(
    `${screen.style('bold', styled)} ${printable(database.name, 100)}: ${what}`,
    screen,
  );
  return observation.kind !== 'sample' || screen.width !== null
    ? line
    : `${line} | ${performance(judged, observation)}`;
}

/** `used=5;11;14;0;17`: value, warning and critical above these, least and most (Nagios Plugin Development Guidelines). */
function performance({ database }: Judged, { used, capacity }: Sample): string {
  const usable = usableSlots(capacity);
  const { warning, critical } = levelThresholds(database, usable);
  return `used=${used};${warning.enter - 1};${critical.enter - 1};0;${usable}`;
}

function renderSample(
  judged: Judged,
  sample: Sample,
  rows: readonly SessionRow[],
  terminate: string,
  screen: Screen,
): string[] {
  const { database } = judged;
  const usable = usableSlots(sample.capacity);
  const states = statesOf(sample.groups);
  const limits = limitTable(screen, sample.limits);
  const { bar, key } = slotsBar(screen, states, usable);
  return [
    ...fitted(screen.width, [headline(judged, screen), bar, key]),
    ...causeLines(judged, rows, terminate, screen),
    '',
    ...[
      serverLine(database, sample),
      usableExplained(sample.capacity),
      thresholdWords(judged, usable),
    ].flatMap((line) => wrapped(screen, line)),
    '',
    ...(states.length === 0 ? ['no sessions but this one'] : stateTable(screen, states)),
    ...idleAgesLine(rows).flatMap((line) => wrapped(screen, line)),
    ...(states.length === 0 ? [] : ['', ...holderTable(screen, holdersOf(sample.groups), HOLDERS)]),
    ...(limits.length === 0 ? [] : ['', ...limits]),
  ];
}

/** `db.example:5432/postgres, PostgreSQL 17.10, writer, as connection_guard`. */
function serverLine(database: Judged['database'], { server }: Pick<Sample, 'server'>): string {
  const version = `${Math.floor(server.versionNum / 10_000)}.${server.versionNum % 10_000}`;
  const part = server.isReplica ? 'reader' : 'writer';
  return `${endpointOf(database)}, PostgreSQL ${version}, ${part}, as ${shown(server.role)}`;
}

/** `warning from 128 (70%), critical from 155 (85%)`, and which were written that cannot be reached. */
function thresholdWords({ database, note }: Judged, usable: number): string {
  const { warning, critical } = levelThresholds(database, usable);
  const form = (written: number | string) => (typeof written === 'string' ? ` (${written})` : '');
  const words = `warning from ${warning.enter}${form(database.thresholds.warning)}, critical from ${critical.enter}${form(database.thresholds.critical)}`;
  return note === null ? words : `${words}. Note: ${note}`;
}
