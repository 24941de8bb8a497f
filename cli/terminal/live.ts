import { truncate } from './width.ts';

/** Alternate screen and hidden cursor, and back (xterm control sequences, DECSET 1049 and 25). */
export const ENTER = '\u001b[?1049h\u001b[?25l';
export const LEAVE = '\u001b[?25h\u001b[?1049l';

/** Lines over what stands there, so that nothing flickers; then away with what is left below. */
export function over(lines: readonly string[]): string {
  return `\u001b[H${lines.map((line) => `${line}\u001b[K`).join('\r\n')}\u001b[J`;
}

/** A terminal in which a picture is drawn again and again, with the last of the lasting text below it. */
export interface LiveRegion {
  /** Replaces the picture. None of its lines may be wider than the terminal, nor may there be more than it has rows. */
  draw(lines: readonly string[]): void;
  /** Adds lasting lines. */
  print(lines: readonly string[]): void;
  /** Gives the terminal back as it was, with all lasting lines in it; what is printed later stands below them. */
  end(): void;
}

/**
 * Takes the alternate screen of a terminal, so that no resize leaves debris behind, and its keys, so that none is echoed;
 * Ctrl-C and q interrupt the process.
 */
export function liveRegion(
  stream: Pick<NodeJS.WriteStream, 'write' | 'rows' | 'columns'>,
  keys: Pick<NodeJS.ReadStream, 'isTTY' | 'setRawMode' | 'on' | 'off' | 'pause'>,
): LiveRegion {
  const lasting: string[] = [];
  let picture: readonly string[] = [];
  let open = true;
  const paint = () => {
    const room = Math.max(0, (stream.rows || 24) - 1 - picture.length);
    const below = room > 0 ? lasting.slice(-room) : [];
    // A line that was set for a wider terminal must not wrap: it would push the picture away.
    const lines = [...picture, ...below.map((line) => truncate(line, (stream.columns || 80) - 1))];
    stream.write(over(lines));
  };
  const pressed = (key: Buffer) => {
    if (['\u0003', 'q'].includes(key.toString())) process.kill(process.pid, 'SIGINT');
  };
  const end = () => {
    if (!open) return;
    open = false;
    process.removeListener('exit', end);
    if (keys.isTTY) keys.off('data', pressed).setRawMode(false).pause();
    stream.write(LEAVE + lasting.map((line) => `${line}\n`).join(''));
  };
  stream.write(ENTER);
  if (keys.isTTY) keys.setRawMode(true).on('data', pressed);
  // Whatever ends the process, the person gets the terminal back.
  process.once('exit', end);
  return {
    draw: (lines) => {
      picture = lines;
      paint();
    },
    print: (lines) => {
      if (!open) {
        stream.write(lines.map((line) => `${line}\n`).join(''));
        return;
      }
      lasting.push(...lines);
      paint();
    },
    end,
  };
}
