import { type Bar, chart, type Part, split } from '../../../cli/terminal/chart.ts';
import { levelStyle, type Style } from '../../../cli/terminal/style.ts';
import { truncate } from '../../../cli/terminal/width.ts';
import { percent } from '../../../lambda/shared/format.ts';
import { type Ledger, total } from '../application/ledger.ts';
import type { Scenario } from '../application/scenario.ts';
import type { ReclaimMode } from '../outcome.ts';
import { type Limits, levelOf, type Measurement } from '../timeline.ts';
import { clock, levelWord } from './words.ts';

/** What the live view shows. */
export interface FrameInput {
  readonly scenario: Scenario;
  readonly reclaim: ReclaimMode;
  readonly limits: Limits;
  readonly measurements: readonly Measurement[];
  readonly ledger: Readonly<Ledger>;
  /** What last happened to the application. */
  readonly story: string;
}

const LABEL_WIDTH = 4;
const MAX_CHART_HEIGHT = 14;

/** Lines around the chart: title, axis, split, and what is below them. */
const OTHER_LINES = 9;

/** The live view in at most `rows` lines of at most `columns` columns. */
export function frame(input: FrameInput, columns: number, rows: number, style: Style): string[] {
  const { scenario, measurements, limits, reclaim, ledger, story } = input;
  const now = measurements.at(-1);
  const height = Math.min(MAX_CHART_HEIGHT, rows - OTHER_LINES);
  const width = Math.max(10, columns - LABEL_WIDTH - 2);
  const lines = [
    style('bold', title(scenario, limits, reclaim, now?.at ?? 0)),
    ...(height >= 4 ? [...bars(input, width, height, style), axis(scenario.seconds, width)] : []),
  ];
  if (now) {
    const indent = ' '.repeat(LABEL_WIDTH + 2);
    lines.push(
      indent + split(parts(now), limits.usable, width, style),
      usedLine(now, limits, style),
      statesLine(now, style),
    );
  }
  const open = [...ledger.open].map(([name, count]) => `${name} ${count}`).join(', ');
  lines.push(`application: ${open}`, ledgerLine(ledger, style), style('dim', story));
  return lines.slice(0, rows).map((line) => truncate(line, columns));
}

function title(scenario: Scenario, limits: Limits, reclaim: ReclaimMode, at: number): string {
  const time = `${clock(at)} of ${clock(scenario.seconds * 1000)}`;
  return `${time}  Used slots of PostgreSQL (${limits.usable} of ${scenario.maxConnections} usable), reclaim ${reclaim}`;
}

function bars({ scenario, limits, measurements }: FrameInput, width: number, height: number, style: Style) {
  const bars: (Bar | null)[] = Array.from({ length: width }, () => null);
  for (const measurement of measurements) {
    const column = Math.min(width - 1, Math.floor((measurement.at / (scenario.seconds * 1000)) * width));
    // The worst of the measurements that share a column.
    if ((bars[column]?.value ?? -1) < measurement.used) {
      bars[column] = { value: measurement.used, style: levelStyle(levelOf(measurement, limits)) };
    }
  }
  const mark = (value: number, level: 'warning' | 'critical' | 'full') => ({
    value,
    label: String(value),
    style: levelStyle(level),
  });
  const marks = [
    mark(limits.warning, 'warning'),
    mark(limits.critical, 'critical'),
    mark(limits.usable, 'full'),
  ];
  return chart({ bars, marks, top: scenario.maxConnections, height, labelWidth: LABEL_WIDTH }, style);
}

/** The time below the chart, a label each half minute. */
function axis(seconds: number, width: number): string {
  let line = '';
  for (let second = 0; second <= seconds; second += 30) {
    const column = Math.floor((second / seconds) * width);
    const label = clock(second * 1000);
    if (column + label.length <= width && column >= line.length) line = line.padEnd(column) + label;
  }
  return `${' '.repeat(LABEL_WIDTH + 2)}${line}`;
}

function parts(now: Measurement): Part[] {
  return [
    { value: now.active, glyph: '█', style: 'cyan' },
    { value: now.inTransaction, glyph: '▓', style: 'red' },
    { value: now.idleShortly, glyph: '▒', style: 'green' },
    { value: now.idleLonger, glyph: '░', style: 'yellow' },
  ];
}

function usedLine(now: Measurement, limits: Limits, style: Style): string {
  const left = Math.max(0, limits.usable - now.used - now.guard);
  const level = levelWord(levelOf(now, limits), style);
  const guard = now.guard > 0 ? `, ${now.guard} by the guard` : '';
  return `used ${now.used} of ${limits.usable} (${percent(now.used, limits.usable)})${guard}, ${left} left: ${level}`;
}

function statesLine(now: Measurement, style: Style): string {
  return [
    `${style('cyan', '█')} active ${now.active}`,
    `${style('red', '▓')} idle in transaction ${now.inTransaction}`,
    `${style('green', '▒')} idle up to 3 s ${now.idleShortly}`,
    `${style('yellow', '░')} idle longer ${now.idleLonger}`,
  ].join('  ');
}

function ledgerLine(ledger: Readonly<Ledger>, style: Style): string {
  const bad = (text: string, count: number) =>
    count > 0 ? style('red', `${text} ${count}`) : `${text} ${count}`;
  return [
    bad('logins refused', ledger.refusedAt.length),
    `sessions ended ${ledger.endedAt.length}`,
    bad('living sessions cut', total(ledger.cut)),
    `statements answered ${ledger.served}`,
  ].join(', ');
}
