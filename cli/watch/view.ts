import type { Context, LiveTerminal } from '../context.ts';
import type { Frame } from './frame.ts';
import { renderFrame } from './live-view.ts';
import { plainEvent, plainLine } from './plain-view.ts';

/** Where a watch shows what it sees. */
export interface View {
  /** Shows one look; `told` is how many events of the frame were shown before. */
  show(frame: Frame, told: number): void;
  /** Gives the terminal back as it was. May be called again. */
  close(): void;
}

/** The view that fits: a judged in a terminal, lines in a pipe. */
export function viewFor({ terminal, screen, out }: Context): View {
  return terminal === null ? plainView(out) : liveView(terminal, screen.style);
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

/** Alternate screen and hidden cursor while it lasts (xterm control sequences, DECSET 1049 and 25). */
function liveView(terminal: LiveTerminal, style: Context['screen']['style']): View {
  let last: Frame | null = null;
  let open = true;
  const draw = () => {
    if (last === null || !open) return;
    const { columns, rows } = terminal.size();
    const lines = renderFrame(last, { style, width: columns }, rows);
    // Line by line over what stands there, so that nothing flickers; then away with what is left below.
    terminal.write(`\u001b[H${lines.map((line) => `${line}\u001b[K`).join('\r\n')}\u001b[J`);
  };
  terminal.write('\u001b[?1049h\u001b[?25l');
  const stopListening = terminal.onResize(draw);
  return {
    show: (frame) => {
      last = frame;
      draw();
    },
    close: () => {
      if (!open) return;
      open = false;
      stopListening();
      terminal.write('\u001b[?25h\u001b[?1049l');
    },
  };
}
