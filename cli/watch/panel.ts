import type { Holder } from '../../lambda/model/holders.ts';
import type { SessionRow } from '../../lambda/reclaim/list-sessions.ts';
import { counted, duration } from '../../lambda/shared/format.ts';
import { table } from '../terminal/table.ts';
import { truncate } from '../terminal/width.ts';
import { type Screen, shown } from '../view/screen.ts';
import { holderTable } from '../view/tables.ts';
import { type Frame, timeOfDay } from './frame.ts';
import { SORTS, shownHolders, shownSessions, type Ui } from './ui.ts';

/** At most so many holders: the chart needs its room too. */
const MOST_HOLDERS = 10;

const HELP = [
  'q       leave; Ctrl-C too',
  's       sort by the next column',
  '/       filter by application, role or client; Enter keeps it, Esc clears it',
  'p       hold the picture; the watch goes on',
  'arrows  list the sessions and select one; Esc goes back to the holders',
  'k       end the selected session, if it is still idle; asks first',
  'chart   ▲ a message was due, ✕ sessions were ended; times are UTC',
];

/** The holders, the sessions or the help, in at most `room` lines, a blank one in front. */
export function panelLines(
  ui: Ui,
  holders: readonly Holder[],
  sessions: readonly SessionRow[],
  room: number,
  screen: Screen,
): string[] {
  if (ui.help) return ['', ...HELP].slice(0, room);
  const what = `sorted by ${SORTS[ui.panel][ui.sort]}${ui.filter === '' ? '' : `, only ${shown(ui.filter)}`}`;
  const extra = ui.sort > 0 || ui.filter !== '' ? [screen.style('dim', what)] : [];
  // A blank line, title and rule, and the line that says how many more there are.
  const most = Math.min(ui.panel === 'holders' ? MOST_HOLDERS : room, room - 4 - extra.length);
  if (most < 1 || holders.length === 0) return [];
  if (ui.panel === 'holders') return ['', ...extra, ...holderTable(screen, shownHolders(holders, ui), most)];
  return ['', ...extra, ...sessionLines(shownSessions(sessions, ui), ui.selected, most, screen)];
}

function sessionLines(
  rows: readonly SessionRow[],
  selected: number,
  most: number,
  { style }: Screen,
): string[] {
  if (rows.length === 0) return ['no such session'];
  // The selected one stays visible.
  const first = Math.max(0, Math.min(selected - most + 1, rows.length - most));
  const [head = '', rule = '', ...lines] = table(
    [
      { title: '' },
      { title: 'idle for', align: 'right' },
      { title: 'open for', align: 'right' },
      { title: 'pid', align: 'right' },
      { title: 'state' },
      { title: 'role' },
      { title: 'application' },
      { title: 'client' },
    ],
    rows
      .slice(first, first + most)
      .map((row, index) => [
        first + index === selected ? '>' : ' ',
        row.state === 'active' ? '-' : duration(row.idleFor),
        duration(row.startedFor),
        String(row.pid),
        row.state,
        shown(row.role),
        shown(row.application),
        shown(row.client, 45),
      ]),
  );
  const more = rows.length - most;
  return [
    head,
    rule,
    ...lines.map((line, index) => (first + index === selected ? style('bold', line) : line)),
    ...(more > 0 ? [style('dim', `${counted(more, 'more session')}`)] : []),
  ];
}

/** What the keys do, a question, or an answer; and when the next sample is due. */
export function footerOf(frame: Frame, ui: Ui, columns: number, { style }: Screen): string {
  if (ui.asking !== null) {
    const { pid, role, application, state } = ui.asking;
    const rollsBack = state.startsWith('idle in transaction') ? ', rolling back its transaction' : '';
    // The names last: they may be cut.
    return style('bold', `End session ${pid}${rollsBack}? y/n  (${shown(role)}, ${shown(application)})`);
  }
  if (ui.typing) return `filter: ${shown(ui.filter === '' ? ' ' : ui.filter)}_`;
  if (ui.message !== '') return style('bold', ui.message);
  const { mode, ended, wouldEnd, nextSampleAt } = frame;
  const acts = {
    off: ended === 0 ? 'ends none' : `ended ${ended} by hand`,
    'dry-run': `dry run, would end ${wouldEnd} now`,
    terminate: `ended ${ended}`,
  }[mode];
  const paused = ui.paused ? 'HELD (p goes on); ' : '';
  const next = `next ${timeOfDay(nextSampleAt)} UTC`;
  const keys = '? keys  q quit  ↑↓ list  k end  s sort  / filter  p hold';
  return style('dim', truncate(`${paused}${next}; ${acts}  ${keys}`, columns));
}
