const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
const CLEAR_BELOW = '\u001b[J';

/** Lines at the bottom of a terminal that are drawn again and again, with lasting text scrolling by above them. */
export interface LiveRegion {
  /** Replaces the live lines. None may be wider than the terminal, nor may there be more than it has rows. */
  draw(lines: readonly string[]): void;
  /** Writes lasting lines above the live ones. */
  print(lines: readonly string[]): void;
  /** Leaves the live lines where they are, with what is printed later below them, and gives the cursor back. */
  end(): void;
}

/** Takes the bottom of the terminal behind `stream`. */
export function liveRegion(stream: Pick<NodeJS.WriteStream, 'write'>): LiveRegion {
  let drawn: readonly string[] = [];
  stream.write(HIDE_CURSOR);
  // Whatever ends the process, the person gets their cursor back.
  const restore = () => stream.write(SHOW_CURSOR);
  process.once('exit', restore);

  const erase = () => (drawn.length > 0 ? `\u001b[${drawn.length}A\r${CLEAR_BELOW}` : '');
  const joined = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join('');
  return {
    draw: (lines) => {
      stream.write(erase() + joined(lines));
      drawn = lines;
    },
    print: (lines) => stream.write(erase() + joined(lines) + joined(drawn)),
    end: () => {
      drawn = [];
      process.removeListener('exit', restore);
      restore();
    },
  };
}
