import type { Level } from '../../lambda/model/level.ts';

const CODES = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
  grey: [90, 39],
  redBold: [91, 39],
} as const;

/** A manner of writing that a terminal can show. */
export type StyleName = keyof typeof CODES;

/** Writes `text` in a style, or as it is where colour is not wanted. */
export type Style = (name: StyleName, text: string) => string;

/** A style function: with ANSI codes when `enabled`, otherwise plain text. */
export function styleFor(enabled: boolean): Style {
  if (!enabled) return (_name, text) => text;
  return (name, text) => {
    const [on, off] = CODES[name];
    return text === '' ? '' : `\u001b[${on}m${text}\u001b[${off}m`;
  };
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
      return 'redBold';
  }
}
