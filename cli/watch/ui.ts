import type { Holder } from '../../lambda/model/holders.ts';
import type { SessionRow } from '../../lambda/reclaim/list-sessions.ts';

/** What a key press does beyond the screen. */
export type Command =
  | { readonly kind: 'quit' }
  /** Show the sessions one by one. */
  | { readonly kind: 'list' }
  | { readonly kind: 'end'; readonly pid: number };

/** What the person at the keys has chosen to see. */
export interface Ui {
  readonly panel: 'holders' | 'sessions';
  /** Index into {@link SORTS} of the panel. */
  readonly sort: number;
  /** Only holders and sessions whose application, role or client has this in it. */
  readonly filter: string;
  /** Is the filter being typed? */
  readonly typing: boolean;
  /** The frame stands still; the watch goes on. */
  readonly paused: boolean;
  readonly help: boolean;
  /** Which session of the list is selected. */
  readonly selected: number;
  /** The session that is to be ended, once confirmed; null: none. */
  readonly asking: SessionRow | null;
  /** The answer to the last command. */
  readonly message: string;
}

/** At the start. */
export const INITIAL_UI: Ui = {
  panel: 'holders',
  sort: 0,
  filter: '',
  typing: false,
  paused: false,
  help: false,
  selected: 0,
  asking: null,
  message: '',
};

/** What `s` sorts by, in turn. */
export const SORTS = {
  holders: ['sessions', 'idle', 'longest idle'],
  sessions: ['idle for', 'open for', 'application'],
} as const;

/** One key, as node:readline names it. */
export interface Key {
  readonly name?: string | undefined;
  readonly sequence: string;
}

/** What a key does. Pure. `rows` are the sessions listed, in their order. */
export function press(
  ui: Ui,
  { name, sequence }: Key,
  rows: readonly SessionRow[],
): { readonly ui: Ui; readonly command: Command | null } {
  const now = (changed: Partial<Ui>, command: Command | null = null) => ({
    ui: { ...ui, message: '', ...changed },
    command,
  });
  if (ui.asking !== null) {
    const { pid } = ui.asking;
    return sequence === 'y'
      ? now({ asking: null, message: `ending ${pid}...` }, { kind: 'end', pid })
      : now({ asking: null, message: `${pid} was left alone` });
  }
  if (ui.typing) {
    if (name === 'return') return now({ typing: false });
    if (name === 'escape') return now({ typing: false, filter: '' });
    if (name === 'backspace') return now({ filter: ui.filter.slice(0, -1) });
    return /^[^\p{C}]$/u.test(sequence) ? now({ filter: ui.filter + sequence, selected: 0 }) : now({});
  }
  if (ui.help) return now({ help: false });
  if (name === 'up' || name === 'down') {
    if (ui.panel === 'holders') return now({ panel: 'sessions', sort: 0, selected: 0 }, { kind: 'list' });
    const to = ui.selected + (name === 'up' ? -1 : 1);
    return now({ selected: Math.max(0, Math.min(rows.length - 1, to)) });
  }
  if (name === 'escape') return now({ panel: 'holders', sort: 0, filter: '' });
  switch (sequence) {
    case 'q':
      return now({}, { kind: 'quit' });
    case 's':
      return now({ sort: (ui.sort + 1) % SORTS[ui.panel].length });
    case '/':
      return now({ typing: true });
    case 'p':
      return now({ paused: !ui.paused });
    case '?':
      return now({ help: true });
    case 'k': {
      const row = ui.panel === 'sessions' ? rows[ui.selected] : undefined;
      return row === undefined
        ? now({ message: 'select a session with the arrows first' })
        : now({ asking: row });
    }
    default:
      return now({});
  }
}

/** The holders to show, in the order chosen. */
export function shownHolders(holders: readonly Holder[], { filter, sort }: Ui): readonly Holder[] {
  const keys: readonly ((holder: Holder) => number)[] = [
    ({ count }) => count,
    ({ idle }) => idle,
    ({ oldestIdleAge }) => oldestIdleAge ?? -1,
  ];
  const key = keys[sort] ?? (() => 0);
  return holders.filter((holder) => fits(holder, filter)).sort((a, b) => key(b) - key(a));
}

/** The sessions to show, in the order chosen. */
export function shownSessions(rows: readonly SessionRow[], { filter, sort }: Ui): readonly SessionRow[] {
  const orders: readonly ((a: SessionRow, b: SessionRow) => number)[] = [
    (a, b) =>
      Number(b.state.startsWith('idle')) - Number(a.state.startsWith('idle')) || b.idleFor - a.idleFor,
    (a, b) => b.startedFor - a.startedFor,
    (a, b) => a.application.localeCompare(b.application) || b.idleFor - a.idleFor,
  ];
  return rows.filter((row) => fits(row, filter)).sort(orders[sort] ?? (() => 0));
}

function fits(
  { application, role, client }: Pick<Holder, 'application' | 'role' | 'client'>,
  filter: string,
): boolean {
  const wanted = filter.toLowerCase();
  return [application, role ?? '', client ?? ''].some((name) => name.toLowerCase().includes(wanted));
}
