import type { SessionRow } from '../../lambda/reclaim/list-sessions.ts';
import type { Context, LiveTerminal } from '../context.ts';
import { ENTER, LEAVE, over } from '../terminal/live.ts';
import type { Frame } from './frame.ts';
import { renderFrame } from './live-view.ts';
import { plainEvent, plainLine } from './plain-view.ts';
import { INITIAL_UI, press, shownSessions, type Ui } from './ui.ts';

/** Where a watch shows what it sees. */
export interface View {
  /** Shows one frame; `told` is how many of its events were shown before. */
  show(frame: Frame, told: number): void;
  /** Gives the terminal back as it was. May be called again. */
  close(): void;
}

/** What a person at the keys can have the watch do. */
export interface Controls {
  quit(): void;
  /** The sessions one by one, as they are now; none when no session is open. */
  sessions(): Promise<readonly SessionRow[]>;
  /** Ends one session by the guarded statement, and says in a line what came of it. */
  end(pid: number): Promise<string>;
}

/** The view that fits: a picture in a terminal, lines in a pipe. */
export function viewFor({ terminal, screen, out }: Context, controls: Controls): View {
  return terminal === null ? plainView(out) : liveView(terminal, screen.style, controls);
}

function plainView(out: Context['out']): View {
  return {
    show: (frame, told) => {
      out(plainLine(frame));
      for (const event of frame.events.slice(told)) out(plainEvent(event));
    },
    close: () => {},
  };
}

function liveView(terminal: LiveTerminal, style: Context['screen']['style'], controls: Controls): View {
  let last: Frame | null = null;
  let ui: Ui = INITIAL_UI;
  let sessions: readonly SessionRow[] = [];
  let open = true;
  const draw = () => {
    if (last === null || !open) return;
    const { columns, rows } = terminal.size();
    terminal.write(over(renderFrame(last, ui, sessions, { style, width: columns }, rows)));
  };
  /** Does something that takes time, and shows what came of it. */
  const follow = (work: Promise<Partial<Ui>>) => {
    void work
      .catch((error: unknown) => ({ message: error instanceof Error ? error.message : String(error) }))
      .then((changed) => {
        ui = { ...ui, ...changed };
        draw();
      });
  };
  const list = async (): Promise<Partial<Ui>> => {
    sessions = await controls.sessions();
    return { selected: Math.max(0, Math.min(ui.selected, sessions.length - 1)) };
  };
  terminal.write(ENTER + over(['waiting for the first sample']));
  const stopResizing = terminal.onResize(draw);
  const stopKeys = terminal.onKey((key) => {
    const pressed = press(ui, key, shownSessions(sessions, ui));
    ui = pressed.ui;
    draw();
    const { command } = pressed;
    if (command?.kind === 'quit') controls.quit();
    if (command?.kind === 'list') follow(list());
    if (command?.kind === 'end') {
      follow(controls.end(command.pid).then(async (message) => ({ ...(await list()), message })));
    }
  });
  return {
    show: (frame) => {
      if (ui.paused) return;
      last = frame;
      draw();
      if (ui.panel === 'sessions') follow(list());
    },
    close: () => {
      if (!open) return;
      open = false;
      stopResizing();
      stopKeys();
      terminal.write(LEAVE);
    },
  };
}
