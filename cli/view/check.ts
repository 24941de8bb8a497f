import { holdersOf, statesOf } from '../../lambda/model/holders.ts';
import { levelThresholds } from '../../lambda/model/level-thresholds.ts';
import { type Sample, usableSlots } from '../../lambda/model/observation.ts';
import { printable } from '../../lambda/shared/printable.ts';
import { endpointOf } from '../connection/connect.ts';
import type { Picture } from '../picture.ts';
import { levelStyle } from '../terminal/style.ts';
import { fitted, type Screen, shown, wrapped } from './screen.ts';
import { slotsBar, usableExplained, usedOfUsable } from './slots.ts';
import { holderTable, limitTable, stateTable } from './tables.ts';
import { failureWords, partialWords, refusalWords } from './words.ts';

/** How many holders a look shows. */
const HOLDERS = 10;

/** One look as a person reads it at a glance: the classified first, what it rests on below. */
export function renderCheck(picture: Picture, screen: Screen): string[] {
  const { observation } = picture;
  switch (observation.kind) {
    case 'sample':
      return fitted(screen.width, renderSample(picture, observation, screen));
    case 'partial': {
      const { what, hint } = partialWords(observation);
      return [...wrapped(screen, headline(picture, what, screen)), ...wrapped(screen, `now: ${hint}`)];
    }
    case 'refused': {
      const { what, hint } = refusalWords(observation);
      return [
        headline(picture, `the server refuses logins: ${what}`, screen),
        `server: ${printable(observation.text, 200)} (${observation.attempts} attempts)`,
        `now: ${hint}`,
      ].flatMap((line) => wrapped(screen, line));
    }
    case 'failed': {
      const { what, hint } = failureWords(observation);
      return [...wrapped(screen, headline(picture, what, screen)), ...wrapped(screen, `now: ${hint}`)];
    }
  }
}

/** The classified on one line; through a pipe with the performance data of monitoring plug-ins behind it. */
export function headline({ database, observation, level }: Picture, what: string, screen: Screen): string {
  const word = level === null ? 'UNKNOWN' : level.toUpperCase();
  const styled = screen.style(level === null ? 'red' : levelStyle(level), word);
  const line = `${screen.style('bold', styled)} ${printable(database.name, 100)}: ${what}`;
  if (observation.kind !== 'sample' || screen.width !== null) return line;
  const usable = usableSlots(observation.capacity);
  const { warning, critical } = levelThresholds(database, usable);
  return `${line} | used=${observation.used};${warning.enter - 1};${critical.enter - 1};0;${usable}`;
}

function renderSample(picture: Picture, sample: Sample, screen: Screen): string[] {
  const { database } = picture;
  const usable = usableSlots(sample.capacity);
  const states = statesOf(sample.groups);
  const limits = limitTable(screen, sample.limits);
  return [
    headline(picture, usedOfUsable(sample), screen),
    ...barAndKey(screen, sample),
    '',
    serverLine(picture, sample),
    usableExplained(sample.capacity),
    thresholdWords(database, usable),
    '',
    ...(states.length === 0 ? ['no sessions but this one'] : stateTable(screen, states)),
    ...(states.length === 0 ? [] : ['', ...holderTable(screen, holdersOf(sample.groups), HOLDERS)]),
    ...(limits.length === 0 ? [] : ['', ...limits]),
  ];
}

function barAndKey(screen: Screen, sample: Sample): string[] {
  const { bar, key } = slotsBar(screen, statesOf(sample.groups), usableSlots(sample.capacity));
  return [bar, key];
}

/** `db.example:5432/postgres, PostgreSQL 17.10, primary, as guard`. */
export function serverLine({ database }: Picture, { server }: Pick<Sample, 'server'>): string {
  const version = `${Math.floor(server.versionNum / 10_000)}.${server.versionNum % 10_000}`;
  const part = server.isReplica ? 'reader' : 'writer';
  return `${endpointOf(database)}, PostgreSQL ${version}, ${part}, as ${shown(server.role)}`;
}

/** `warning from 128 (70%), critical from 155 (85%)`. */
export function thresholdWords(database: Picture['database'], usable: number): string {
  const { warning, critical } = levelThresholds(database, usable);
  const form = (threshold: number | string) => (typeof threshold === 'string' ? ` (${threshold})` : '');
  return `warning from ${warning.enter}${form(database.thresholds.warning)}, critical from ${critical.enter}${form(database.thresholds.critical)}`;
}
