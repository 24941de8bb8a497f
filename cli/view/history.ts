import { holderKey } from '../../lambda/model/holders.ts';
import { counted, duration, percent, signed } from '../../lambda/shared/format.ts';
import { printable } from '../../lambda/shared/printable.ts';
import type { Range } from '../history/insights.ts';
import type { HoldersLine, LogHistory } from '../history/log-lines.ts';
import { localTime, localTimeOfDay, localZone } from '../history/time.ts';
import { levelStyle } from '../terminal/style.ts';
import type { Point } from '../watch/frame.ts';
import { applicationTable } from './application-peaks.ts';
import { drawingWidth, type Screen, shown, wrapped } from './screen.ts';
import { slotChart } from './slot-chart.ts';
import { holderTable } from './tables.ts';

/** The line of a minute says nothing of what is later than this, in ms: then the function was not there. */
const HOLDS_FOR = 150_000;

const CHART_HEIGHT = 10;

/** Who held the slots at a moment, and what had grown before it. */
export function renderMoment(
  name: string,
  { lines, refused }: LogHistory,
  at: number,
  screen: Screen,
): string[] {
  const line = lines.at(-1);
  const refusal = refused.at(-1);
  const told = refusalLine(refusal !== undefined && refusal > (line?.sampled ?? 0) ? refusal : null, screen);
  if (line === undefined) return told;
  const { sampled, held, used, usable, holders, otherHolders, otherSessions, scores } = line;
  const old = Math.abs(at - sampled) > HOLDS_FOR ? `, the line nearest to ${localTime(at)}` : '';
  return [
    ...told,
    `${printable(name, 100)} at ${localTime(sampled)} (${localZone()})${old}`,
    `${screen.style(levelStyle(held), held)}: ${used} of ${usable} usable slots used (${percent(used, usable)}), ${Math.max(0, usable - used)} left`,
    '',
    ...holderTable(screen, holders, holders.length),
    ...(otherHolders > 0
      ? [
          screen.style(
            'dim',
            `${counted(otherHolders, 'more holder')} with ${counted(otherSessions, 'session')}`,
          ),
        ]
      : []),
    ...growth(lines, line, screen),
    ...(scores.length === 0
      ? []
      : [
          '',
          ...wrapped(
            screen,
            `rules of reclaim: ${scores.map(({ rule, tried, wrong }) => `${rule} wrong in ${wrong} of ${tried}`).join(', ')}`,
          ),
        ]),
  ];
}

function refusalLine(at: number | null, { style }: Screen): string[] {
  return at === null
    ? []
    : [style('red', `${localTime(at)}: the server refused the guard itself, so nothing was seen`), ''];
}

/** What grew most since the oldest line, in one sentence. */
function growth(lines: readonly HoldersLine[], last: HoldersLine, screen: Screen): string[] {
  const [first] = lines;
  if (first === undefined || first === last) return [];
  const before = new Map(first.holders.map((holder) => [holderKey(holder), holder.count]));
  const grown = last.holders
    .map((holder) => ({ ...holder, change: holder.count - (before.get(holderKey(holder)) ?? 0) }))
    .filter(({ change }) => change > 0)
    .sort((a, b) => b.change - a.change)
    .slice(0, 3)
    .map(
      ({ role, application, client, change }) =>
        `${shown(role)} ${shown(application)} ${shown(client, 45)} ${signed(change)}`,
    );
  const since = `since ${localTimeOfDay(first.sampled)} (${duration((last.sampled - first.sampled) / 1000)} before)`;
  return [
    '',
    ...wrapped(
      screen,
      grown.length === 0 ? `${since} no holder has grown` : `grown most ${since}: ${grown.join(', ')}`,
    ),
  ];
}

/** The slots over a time as a chart, and what each application held of them. */
export function renderSpan(
  name: string,
  { lines, refused }: LogHistory,
  range: Range,
  screen: Screen,
): string[] {
  const last = lines.at(-1);
  const head = `${printable(name, 100)} from ${localTime(range.from)} to ${localTime(range.to)} (${localZone()})`;
  const count = `${counted(lines.length, 'minute')} in the log${refused.length > 0 ? `, ${counted(refused.length, 'refused login')} of the guard` : ''}`;
  if (last === undefined)
    return [head, count, screen.style('red', 'the server refused the guard each time: no holder was seen')];
  const canvas = {
    height: CHART_HEIGHT,
    columns: drawingWidth(screen),
    now: range.to,
    timeOfDay: localTimeOfDay,
  };
  return [
    head,
    count,
    '',
    ...slotChart(pointsOf(lines, refused), [], last, canvas, screen),
    '',
    ...applicationTable(lines, screen),
  ];
}

/** The lines and the refusals in order, with nothing known where the log has a hole. */
function pointsOf(lines: readonly HoldersLine[], refused: readonly number[]): Point[] {
  const known: Point[] = [
    ...lines.map(({ sampled, used, held }) => ({ at: sampled, used, level: held })),
    ...refused.map((at) => ({ at, used: null, level: 'full' as const })),
  ].sort((a, b) => a.at - b.at);
  return known.flatMap((point, index) => {
    const next = known[index + 1]?.at ?? Number.POSITIVE_INFINITY;
    const hole = next - point.at > HOLDS_FOR ? [{ at: point.at + HOLDS_FOR, used: null, level: null }] : [];
    return [point, ...hole];
  });
}
