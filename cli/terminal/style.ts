import { styleText } from 'node:util';
import type { Level } from '../../lambda/model/level.ts';

/** A manner of writing that a terminal can show, by its name in `util.styleText`. */
export type StyleName = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan' | 'grey' | 'redBright';

/** Writes `text` in a style, or as it is where colour is not wanted. */
export type Style = (name: StyleName, text: string) => string;

/** A style function: with ANSI codes when `enabled`, otherwise plain text. */
export function styleFor(enabled: boolean): Style {
  if (!enabled) return (_name, text) => text;
  return (name, text) => (text === '' ? '' : styleText(name, text, { validateStream: false }));
}

/**
 * Whether to write colour to a stream: only to a terminal that has it. Node honours NO_COLOR, FORCE_COLOR and
 * TERM=dumb in `hasColors` (Node.js documentation, `writeStream.getColorDepth`).
 */
export function wantsColour(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY === true && stream.hasColors();
}

/** The colour that stands for a level wherever one is shown. */
export function levelStyle(level: Level): StyleName {
  switch (level) {
    case 'ok':
      return 'green';
    case 'warning':
      return 'yellow';
    case 'critical':
      return 'red';
    case 'full':
      return 'redBright';
  }
}
